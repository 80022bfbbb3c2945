// Command etcd is one member of etcd: its data folder, then its client and peer addresses as URLs.
package main

import (
	"log"
	"net/url"
	"os"

	"go.etcd.io/etcd/server/v3/embed"
)

func address(text string) url.URL {
	parsed, err := url.Parse(text)
	if err != nil {
		log.Fatal(err)
	}
	return *parsed
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: etcd DATA_FOLDER CLIENT_URL PEER_URL")
	}
	config := embed.NewConfig()
	config.Dir = os.Args[1]
	client, peer := address(os.Args[2]), address(os.Args[3])
	config.ListenClientUrls = []url.URL{client}
	config.AdvertiseClientUrls = []url.URL{client}
	config.ListenPeerUrls = []url.URL{peer}
	config.AdvertisePeerUrls = []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.LogLevel = "error"
	member, err := embed.StartEtcd(config)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(<-member.Err())
}
