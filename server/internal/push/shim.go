package push

import "lantoa/storage"

type deliveryReader interface {
	storage.DeliveryReader
	storage.RegistrationReader
}

type deliveryTx interface {
	storage.Tx
	deliveryReader
	storage.DeliveryWriter
	storage.RegistrationWriter
}
