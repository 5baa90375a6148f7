package main

import rego.v1

# METADATA
# title: A published service has a memory limit
# description: Whoever reaches it from outside could take the memory of every service beside it.
deny_unlimited contains result if {
	some name, service in input.services
	count(service.published.value) > 0
	not limited(service)
	result := {
		"msg": sprintf("%s is published without a memory limit", [name]),
		"route": sprintf("services.%s.memory_bytes", [name]),
		"fix": "set `mem_limit`",
	}
}

limited(service) if service.memory_bytes.value > 0

# METADATA
# title: A published service shares no network with a datastore
# description: A break-in at the front door must not end at the database.
deny_datastore contains result if {
	some name, service in input.services
	count(service.published.value) > 0
	some other, store in input.services
	is_datastore(store)
	other != name
	some network in shared(service, store)
	result := {
		"msg": sprintf("%s is published and shares the network %s with %s", [name, network, other]),
		"route": sprintf("services.%s.networks", [name]),
		"service": name,
		"fix": "put a network of its own between them",
	}
}

shared(a, b) := names(a) & names(b)

names(service) := {network.name | some network in service.networks.value}

is_datastore(service) if {
	is_string(service.image.value)
	repository := split(service.image.value, ":")[0]
	some kind in ["postgres", "mysql", "mariadb", "redis", "mongo"]
	endswith(repository, kind)
}
