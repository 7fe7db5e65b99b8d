// Package standin stands in for the push services: the FCM HTTP v1 API with its token endpoint, and a Web Push service
// with the browsers behind it. Tests, benchmarks and the demo send to it with the real libraries.
//
// It is strict where the services are, and stricter where they are lenient: what it takes, they take. It remembers every
// message that it took, so that copies can be counted, and can fail in every way that was seen of the services. It is
// cheap, because in benchmarks it shares the processor with what is measured.
package standin
