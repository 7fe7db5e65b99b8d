package e2e

// A way to run a proxy before the server. Those without "default" or "large" are what OPERATING.md says: its configuration, with the addresses and the certificate put in.
type frontend struct {
	name    string
	program string
	args    []string // {conf} and {dir}
	conf    string   // {server}, {plain}, {tls}, {dir}
	buffers bool     // it holds bodies back
	fails   string   // what it is known to spoil, by the name of a check
}

const nginxHead = `{user} daemon off; pid {dir}/nginx.pid; error_log {dir}/error.log;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  server {
    listen {plain}; listen {tls} ssl; ssl_certificate {dir}/cert.pem; ssl_certificate_key {dir}/key.pem;
`

var frontends = []frontend{
	{
		name: "nginx-default", program: "nginx", args: []string{"-c", "{conf}", "-p", "{dir}"}, buffers: true, fails: "large",
		conf: nginxHead + `location / { proxy_pass http://{server}; } } }`,
	},
	{
		name: "nginx-large", program: "nginx", args: []string{"-c", "{conf}", "-p", "{dir}"}, buffers: true,
		conf: nginxHead + `client_max_body_size 0;
    location / { proxy_pass http://{server}; } } }`,
	},
	{
		name: "nginx", program: "nginx", args: []string{"-c", "{conf}", "-p", "{dir}"},
		conf: nginxHead + `
    large_client_header_buffers 4 16k;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_request_buffering off;
    client_max_body_size 2m;
    location = /metrics { return 404; }
    location = /readyz  { return 404; }
    location / { proxy_pass http://{server}; }
    location = /v1/live { proxy_pass http://{server}; proxy_buffering off; proxy_read_timeout 120s; }
    location /v1/uploads { proxy_pass http://{server}; client_max_body_size 0; client_body_timeout 120s; }
    location /v1/media/ { proxy_pass http://{server}; proxy_max_temp_file_size 0; }
    location /prefix/ { proxy_pass http://{server}/; client_max_body_size 0; }
    } }`,
	},
	{
		name: "caddy-default", program: "caddy", args: []string{"run", "--config", "{conf}", "--adapter", "caddyfile"},
		conf: `{
	admin off
	auto_https off
	storage file_system {dir}
}
http://{plain} {
	reverse_proxy {server}
}
https://{tls} {
	tls {dir}/cert.pem {dir}/key.pem
	reverse_proxy {server}
}
`,
	},
	{
		name: "caddy", program: "caddy", args: []string{"run", "--config", "{conf}", "--adapter", "caddyfile"},
		conf: `{
	admin off
	auto_https off
	storage file_system {dir}
}
(lantoa) {
	@private path /metrics /readyz
	respond @private 404
	handle_path /prefix/* {
		reverse_proxy {server} {
			flush_interval -1
		}
	}
	reverse_proxy {server} {
		flush_interval -1
	}
}
http://{plain} {
	import lantoa
}
https://{tls} {
	tls {dir}/cert.pem {dir}/key.pem
	import lantoa
}
`,
	},
	{
		name: "haproxy-default", program: "haproxy", args: []string{"-f", "{conf}", "-db"},
		conf: `defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
frontend in
  bind {plain}
  bind {tls} ssl crt {dir}/both.pem
  option forwardfor
  default_backend lantoa
backend lantoa
  server one {server}
`,
	},
	{
		name: "haproxy", program: "haproxy", args: []string{"-f", "{conf}", "-db"},
		conf: `defaults
  mode http
  option forwardfor
  timeout connect 5s
  timeout http-request 30s
  timeout client 120s
  timeout server 120s
frontend in
  bind {plain}
  bind {tls} ssl crt {dir}/both.pem
  http-request return status 404 if { path /metrics /readyz }
  http-request replace-path /prefix(/.*) \1
  default_backend lantoa
backend lantoa
  server one {server}
`,
	},
}
