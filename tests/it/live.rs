//! What can be changed, watched and passed on while the server serves.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, UdpSocket};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::time::{Duration, Instant};

use netdbspec::fault::Fault;
use netdbspec::outcome::{Query, Transport};
use netdbspec::server::{Error, Listener, Server, Service};
use netdbspec::world::World;

use crate::bench::{
    Bench, PATIENCE, V4, V6, client, code, framed, id, listeners, made, query, read, receive, receive_frame,
};
use crate::zones::zone;

const ONE: &str = "[[nameserver]]\naddress = '127.0.0.1'\n";

fn fault(text: &str) -> Fault {
    toml::from_str(text).unwrap()
}

/// The response code and the number of answers that a question gets.
fn asked(socket: &UdpSocket, name: &str, qtype: u16) -> (u8, u8) {
    socket.send(&query(1, name, qtype)).unwrap();
    code(&receive(socket))
}

fn lines(log: &[Query]) -> Vec<String> {
    log.iter().map(|query| format!("{}: {}", query.line(), query.reply)).collect()
}

#[test]
fn other_zones_are_served_from_one_query_to_the_next() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, ONE);
    let (socket, mut stream) = (bench.client(), bench.stream());
    assert_eq!((asked(&socket, "www", 1), asked(&socket, "new", 1)), ((0, 2), (3, 0)));
    let mut world = made(ONE);
    world.zones = vec![zone("example.test.", "z", "@ 60 SOA ns h 1 1h 10m 1d 60\nnew 60 A 192.0.2.9\n")].into();
    bench.service.set_zones(read(&world));
    assert_eq!((asked(&socket, "www", 1), asked(&socket, "new", 1)), ((3, 0), (0, 1)));
    stream.write_all(&framed(&query(1, "new", 1))).unwrap();
    assert_eq!(code(&receive_frame(&mut stream)), (0, 1));
}

#[test]
fn faults_come_and_go_and_their_counts_begin_anew() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, "[[nameserver]]\naddress = '127.0.0.1'\n[[nameserver]]\naddress = '::1'\n");
    let sockets = [client(bench.udp[0]), client(bench.udp[1])];
    let codes = |times| sockets.each_ref().map(|socket| (0..times).map(|_| asked(socket, "www", 1).0).collect());
    let plain: [Vec<u8>; 2] = codes(1);
    assert_eq!(plain, [[0], [0]]);
    let second = fault("on = { nth = [2] }\nrcode = { code = 'SERVFAIL' }");
    let of_v6 = fault("on = { server = '::1', nth = [3] }\nrcode = { code = 'REFUSED' }");
    for _ in 0..2 {
        bench.service.set_faults(&[second.clone(), of_v6.clone()]).unwrap();
        let came: [Vec<u8>; 2] = codes(4);
        assert_eq!(came, [[0, 2, 0, 0], [0, 2, 5, 0]]);
    }
    bench.service.set_faults(&[]).unwrap();
    let plain: [Vec<u8>; 2] = codes(3);
    assert_eq!(plain, [[0; 3]; 2]);
}

#[test]
fn faults_that_need_what_is_not_there_change_nothing() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, ONE);
    let refused = |text: &str| bench.service.set_faults(&[fault("drop = {}"), fault(text)]).unwrap_err();
    let error = refused("forge = { source = { address = '127.0.0.9' } }");
    assert!(matches!(error, Error::Source { .. }), "{error}");
    let error = refused("accept = { how = 'full' }");
    insta::assert_snapshot!(error, @"the fault `accept` of nameserver 127.0.0.1 came too late: its queue of streams is open already");
    assert_eq!(error.hint().unwrap(), "write it into the world, and enter that world in a sandbox");
    let error = refused("icmp = { error = 'port-unreachable' }");
    insta::assert_snapshot!(error, @"the fault `icmp` of nameserver 127.0.0.1 came too late: it has no raw socket");
    bench.service.set_faults(&[fault("on = { server = '127.0.0.9' }\nicmp = { error = 'port-unreachable' }")]).unwrap();
    assert_eq!(asked(&bench.client(), "www", 1), (0, 2));
}

#[test]
fn another_world_brings_its_zones_and_the_faults_of_each_nameserver() {
    let server = Server::start().unwrap();
    let two = "[[nameserver]]\naddress = '127.0.0.1'\n[[nameserver]]\naddress = '::1'\n";
    let bench = Bench::new(&server, two);
    let sockets = [client(bench.udp[0]), client(bench.udp[1])];
    let other = made(&format!("{two}fault = [{{ rcode = {{ code = 'SERVFAIL' }} }}]\n"));
    bench.service.set_world(&other, read(&other)).unwrap();
    assert_eq!(sockets.each_ref().map(|socket| asked(socket, "www", 1).0), [0, 2]);
    let error = bench.service.set_world(&made(ONE), read(&made(ONE))).unwrap_err();
    assert_eq!(error.to_string(), "cannot serve ::1: world `made-up` has no such nameserver");
    assert_eq!(sockets.each_ref().map(|socket| asked(socket, "www", 1).0), [0, 2]);
}

#[test]
fn queries_and_streams_are_counted_apart() {
    let server = Server::start().unwrap();
    let bench =
        Bench::new(&server, &format!("{ONE}fault = [{{ on = {{ nth = [2] }}, accept = {{ how = 'close' }} }}]\n"));
    assert_eq!(asked(&bench.client(), "www", 1), (0, 2));
    let mut first = bench.stream();
    first.write_all(&framed(&query(1, "www", 1))).unwrap();
    assert_eq!(code(&receive_frame(&mut first)), (0, 2));
    assert_eq!(bench.stream().read(&mut [0]).unwrap(), 0);
}

#[test]
fn all_late_replies_come_after_the_client_is_done_with_asking() {
    let server = Server::start().unwrap();
    let faults = "fault = [
        { on = { type = 'A' }, delay = { ms = 50 } },
        { on = { type = 'AAAA' }, delay = { ms = 100 } },
    ]";
    let bench = Bench::new(&server, &format!("{ONE}{faults}\n"));
    let mut stream = bench.stream();
    stream.write_all(&[framed(&query(1, "www", 28)), framed(&query(2, "www", 1))].concat()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!([(); 2].map(|()| id(&receive_frame(&mut stream))), [2, 1]);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

/// A world that is served with somebody watching.
fn watched(server: &Server, world: &World, watch: impl Fn(&Query) + Send + Sync + 'static) -> (Service, SocketAddr) {
    let listener = Listener::bind((V4, 0).into()).unwrap();
    let at = listener.bound().unwrap();
    (server.serve_watched(world, read(world), vec![listener], Arc::new(watch)).unwrap(), at)
}

#[test]
fn each_query_is_told_with_what_becomes_of_it_although_its_reply_is_late() {
    let server = Server::start().unwrap();
    let (told, queries) = mpsc::channel();
    let world = made(&format!("{ONE}fault = [{{ on = {{ nth = [1] }}, delay = {{ ms = 3600000 }} }}]\n"));
    let (service, at) = watched(&server, &world, move |query| told.send(query.clone()).unwrap());
    let socket = client(at);
    for name in ["www", "gone"] {
        socket.send(&query(1, name, 1)).unwrap();
    }
    let came = [(); 2].map(|()| queries.recv_timeout(PATIENCE).unwrap());
    let expected = ["udp A www.example.test.: NOERROR 2; delay 3600000ms", "udp A gone.example.test.: NXDOMAIN"];
    assert_eq!(lines(&came), expected);
    assert_eq!(lines(&service.stop().unwrap()), expected);
    assert!(queries.recv().is_err(), "the watcher is gone");
}

#[test]
fn who_watches_holds_up_nobody_and_is_told_all_in_the_end() {
    let server = Server::start().unwrap();
    let (gate, told) = (Arc::new(Barrier::new(2)), Arc::new(Mutex::new(Vec::new())));
    let (entered, kept) = (gate.clone(), told.clone());
    let (service, at) = watched(&server, &made(ONE), move |query| {
        if query.id == 0 {
            entered.wait();
        }
        kept.lock().unwrap().push(query.id);
    });
    let socket = client(at);
    for number in 0..20 {
        socket.send(&query(number, "www", 1)).unwrap();
        assert_eq!(id(&receive(&socket)), number);
    }
    assert!(told.lock().unwrap().is_empty());
    gate.wait();
    service.stop().unwrap();
    assert_eq!(*told.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[test]
fn a_watcher_may_end_what_it_watches() {
    let server = Server::start().unwrap();
    let service: Arc<Mutex<Option<Service>>> = Arc::default();
    let (own, (ended, end)) = (service.clone(), mpsc::channel());
    let (started, at) = watched(&server, &made(ONE), move |_| {
        drop(own.lock().unwrap().take());
        let _ = ended.send(());
    });
    let mut place = service.lock().unwrap();
    client(at).send(&query(1, "www", 1)).unwrap();
    *place = Some(started);
    drop(place);
    end.recv_timeout(PATIENCE).unwrap();
    assert!(service.lock().unwrap().is_none());
}

#[test]
fn what_is_forgotten_is_counted_all_the_same() {
    let server = Server::start().unwrap();
    let bench =
        Bench::new(&server, &format!("{ONE}fault = [{{ on = {{ nth = [3] }}, rcode = {{ code = 'SERVFAIL' }} }}]\n"));
    let silent = UdpSocket::bind((V4, 0)).unwrap();
    bench.service.set_fall_through(vec![silent.local_addr().unwrap()]);
    let socket = bench.client();
    assert_eq!(asked(&socket, "www", 1), (0, 2));
    bench.service.forget();
    assert_eq!((bench.service.queries(), bench.service.log()), (1, vec![]));
    socket.send(&outer(9)).unwrap();
    assert_eq!(asked(&socket, "www", 1).0, 2);
    bench.service.forget();
    // What is undecided is kept, and what came after it.
    assert_eq!((bench.service.queries(), bench.service.log().len()), (3, 2));
    assert_eq!(bench.lines()[1], "udp A www.example.test.: NOERROR 2; rcode SERVFAIL");
}

#[test]
fn listeners_of_one_nameserver_share_its_counts() {
    let server = Server::start().unwrap();
    let world = made(&format!("{ONE}fault = [{{ on = {{ nth = [2] }}, rcode = {{ code = 'SERVFAIL' }} }}]\n"));
    let v4 = Listener::bind((V4, 0).into()).unwrap();
    let v6 = Listener { address: V4, ..Listener::bind((V6, 0).into()).unwrap() };
    let sockets = [client(v4.bound().unwrap()), client(v6.bound().unwrap())];
    let service = server.serve(&world, read(&world), vec![v4, v6]).unwrap();
    assert_eq!(sockets.map(|socket| asked(&socket, "www", 1).0), [0, 2]);
    let log = service.stop().unwrap();
    assert_eq!([log[0].server, log[1].server], [V4, V4]);
    assert!(log[1].source.is_ipv6());
}

/// A world outside the world: another stub that knows `outside.test`.
fn outside(server: &Server, faults: &str) -> (Service, SocketAddr) {
    let mut world = made(&format!("{ONE}fault = [{faults}]\n"));
    let text = "@ 60 SOA ns h 1 1h 10m 1d 60\nwww 60 A 192.0.2.77\n";
    world.zones = vec![zone("examplx.test.", "z", text)].into();
    let listener = Listener::bind((V4, 0).into()).unwrap();
    let at = listener.bound().unwrap();
    (server.serve(&world, read(&world), vec![listener]).unwrap(), at)
}

/// A query for www.examplx.test, which is outside the zones of a bench.
fn outer(number: u16) -> Vec<u8> {
    let mut message = query(number, "www", 1);
    message[23] = b'x';
    message
}

#[test]
fn what_is_outside_is_asked_outside_and_nothing_else() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, ONE);
    let (beyond, at) = outside(&server, "{ on = { transport = 'udp' }, truncate = {} }");
    let socket = bench.client();
    socket.send(&outer(1)).unwrap();
    assert_eq!(code(&receive(&socket)), (5, 0), "nothing is passed on without being told to");
    bench.service.set_fall_through(vec![at]);
    socket.send(&outer(2)).unwrap();
    let reply = receive(&socket);
    assert_eq!((id(&reply), code(&reply), reply[2] & 2), (2, (0, 0), 2));
    let mut stream = bench.stream();
    stream.write_all(&framed(&outer(3))).unwrap();
    // The client is done with asking; its reply comes from afar.
    stream.shutdown(Shutdown::Write).unwrap();
    let reply = receive_frame(&mut stream);
    assert_eq!((id(&reply), code(&reply), &reply[reply.len() - 4..]), (3, (0, 1), &[192, 0, 2, 77][..]));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    let missing = b"\0\x06\x01\0\0\x01\0\0\0\0\0\0\x03www\x0anosuchname\0\0\x01\0\x01";
    socket.send(missing).unwrap();
    assert_eq!(code(&receive(&socket)), (3, 0));
    assert_eq!((asked(&socket, "www", 1), asked(&socket, "gone", 1)), ((0, 2), (3, 0)));
    bench.service.set_fall_through(Vec::new());
    socket.send(&outer(7)).unwrap();
    assert_eq!(code(&receive(&socket)), (5, 0));
    let log = bench.service.stop().unwrap();
    let outer = |transport: Transport, reply: String| format!("{transport} A www.examplx.test.: {reply}");
    assert_eq!(
        lines(&log),
        [
            outer(Transport::Udp, "REFUSED (outside all zones)".to_owned()),
            outer(Transport::Udp, format!("NOERROR 0 TC (forwarded to {at})")),
            outer(Transport::Tcp, format!("NOERROR 1 (forwarded to {at})")),
            "udp A www.nosuchname.: NXDOMAIN".to_owned(),
            "udp A www.example.test.: NOERROR 2".to_owned(),
            "udp A gone.example.test.: NXDOMAIN".to_owned(),
            outer(Transport::Udp, "REFUSED (outside all zones)".to_owned()),
        ]
    );
    assert!(log[2].outside);
    let seen: Vec<_> = beyond.stop().unwrap().iter().map(|query| (query.transport, query.id)).collect();
    assert_eq!(seen, [(Transport::Udp, 2), (Transport::Tcp, 3)]);
}

#[test]
fn faults_are_for_replies_from_outside_too() {
    let server = Server::start().unwrap();
    let faults = "[{ on = { name = 'www.examplx.test', nth = [2] }, rcode = { code = 'NXDOMAIN' } }]";
    let bench = Bench::new(&server, &format!("{ONE}fault = {faults}\n"));
    let (_beyond, at) = outside(&server, "");
    bench.service.set_fall_through(vec![at]);
    let socket = bench.client();
    let codes = [1, 2, 3].map(|number| {
        socket.send(&outer(number)).unwrap();
        code(&receive(&socket)).0
    });
    assert_eq!(codes, [0, 3, 0]);
    assert!(bench.lines()[1].ends_with(&format!("NOERROR 1 (forwarded to {at}); rcode NXDOMAIN")));
}

#[test]
fn the_next_is_asked_where_nobody_listens_and_in_the_end_it_is_servfail() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, ONE);
    let (_beyond, at) = outside(&server, "");
    // Nobody listens there: no test may.
    let gone = SocketAddr::from((V4, 1));
    let socket = bench.client();
    bench.service.set_fall_through(vec![gone, at]);
    socket.send(&outer(1)).unwrap();
    assert_eq!(code(&receive(&socket)), (0, 1));
    bench.service.set_fall_through(vec![gone]);
    socket.send(&outer(2)).unwrap();
    let reply = receive(&socket);
    assert_eq!((id(&reply), code(&reply)), (2, (2, 0)));
    assert_eq!(reply[12..], outer(2)[12..], "the question is echoed");
    let lines = bench.lines();
    let first = format!("NOERROR 1 (forwarded to {at} after {gone}: ");
    assert!(lines[0].contains(&first), "{lines:?}");
    assert!(lines[1].contains(&format!("SERVFAIL (forwarded to {gone}: ")), "{lines:?}");
}

#[test]
fn a_query_that_is_asked_outside_holds_up_no_other_and_is_told_when_all_ends() {
    let server = Server::start().unwrap();
    let silent = UdpSocket::bind((V4, 0)).unwrap();
    let (told, queries) = mpsc::channel();
    let (service, at) = watched(&server, &made(ONE), move |query| told.send(query.clone()).unwrap());
    service.set_fall_through(vec![silent.local_addr().unwrap()]);
    let (socket, begun) = (client(at), Instant::now());
    for message in [outer(1), query(2, "www", 1)] {
        socket.send(&message).unwrap();
    }
    assert_eq!(id(&receive(&socket)), 2);
    let log = service.stop().unwrap();
    assert_eq!(lines(&log), ["udp A www.examplx.test.: forwarded, no reply yet", "udp A www.example.test.: NOERROR 2"]);
    assert_eq!(queries.iter().map(|query| query.id).collect::<Vec<_>>(), [2, 1]);
    assert!(begun.elapsed() < Duration::from_secs(4), "nobody waited for the silent one");
}

#[test]
fn many_may_be_replaced_while_many_ask() {
    let server = Server::start().unwrap();
    let bench = Bench::new(&server, ONE);
    let (zones, servfail) = (read(&made(ONE)), fault("rcode = { code = 'SERVFAIL' }"));
    let socket = bench.client();
    std::thread::scope(|scope| {
        let service = &bench.service;
        let (done, asked_all) = mpsc::channel::<()>();
        scope.spawn(move || {
            while asked_all.try_recv() == Err(mpsc::TryRecvError::Empty) {
                service.set_zones(zones.clone());
                service.set_faults(std::slice::from_ref(&servfail)).unwrap();
                service.set_faults(&[]).unwrap();
            }
        });
        for _ in 0..500 {
            let came = asked(&socket, "www", 1);
            assert!([(0, 2), (2, 2), (2, 0)].contains(&came), "{came:?}");
        }
        drop(done);
    });
    assert_eq!(bench.service.queries(), 500);
}

#[test]
fn a_listener_may_be_bound_to_any_port_of_either_family() {
    let server = Server::start().unwrap();
    let world = made("[[nameserver]]\naddress = '::1'\n");
    let listener = Listener::bind((V6, 0).into()).unwrap();
    let at = listener.bound().unwrap();
    let service = server.serve(&world, read(&world), vec![listener]).unwrap();
    assert_eq!(asked(&client(at), "www", 1), (0, 2));
    let mut stream = std::net::TcpStream::connect(at).unwrap();
    stream.write_all(&framed(&query(1, "www", 1))).unwrap();
    assert_eq!(code(&receive_frame(&mut stream)), (0, 2));
    assert_eq!(service.stop().unwrap().len(), 2);
    assert!(listeners(&world)[0].bound().is_some());
}
