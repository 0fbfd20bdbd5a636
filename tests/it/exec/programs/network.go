// A program that knows nothing of worlds: look-ups, HTTP, datagrams and UNIX sockets, by names. Says what came of each.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
)

func check(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func missing(name string) bool {
	_, err := net.LookupHost(name)
	var told *net.DNSError
	return errors.As(err, &told) && told.IsNotFound
}

func main() {
	hosts, err := net.LookupHost("shop.example")
	check(err)
	sort.Strings(hosts)
	mx, err := net.LookupMX("shop.example")
	check(err)
	port, err := net.LookupPort("tcp", "http")
	check(err)
	fmt.Println("lookup", hosts, mx[0].Host, port, missing("nosuch.test"))

	listener, err := net.Listen("tcp", ":0")
	check(err)
	_, at, err := net.SplitHostPort(listener.Addr().String())
	check(err)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		from, _, _ := net.SplitHostPort(r.RemoteAddr)
		fmt.Fprint(w, r.Method, " ", r.URL, " for ", host, " from ", from)
	}))
	for _, network := range []string{"tcp4", "tcp6"} {
		dial := func(ctx context.Context, _, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		client := http.Client{Transport: &http.Transport{DialContext: dial}}
		reply, err := client.Get("http://shop.example:" + at + "/basket")
		check(err)
		body, err := io.ReadAll(reply.Body)
		check(err)
		fmt.Println(network, reply.StatusCode, string(body))
	}

	for _, one := range [][2]string{{"udp4", "four.example"}, {"udp6", "six.example"}} {
		network, name := one[0], one[1]
		echo, err := net.ListenPacket(network, net.JoinHostPort(name, "0"))
		check(err)
		go func() {
			buffer := make([]byte, 16)
			length, from, _ := echo.ReadFrom(buffer)
			echo.WriteTo(buffer[:length], from)
		}()
		asking, err := net.Dial(network, echo.LocalAddr().String())
		check(err)
		fmt.Fprint(asking, "hello")
		buffer := make([]byte, 16)
		length, err := asking.Read(buffer)
		check(err)
		fmt.Println(network, string(buffer[:length]))
	}

	path := filepath.Join(os.Args[1], "socket")
	files, err := net.Listen("unix", path)
	check(err)
	go func() {
		stream, _ := files.Accept()
		fmt.Fprint(stream, "over a file")
		stream.Close()
	}()
	stream, err := net.Dial("unix", path)
	check(err)
	said, err := io.ReadAll(stream)
	check(err)
	fmt.Println("unix", string(said))
}
