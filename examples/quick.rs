//! quick
use netdbspec::hermetic::World;
use std::net::ToSocketAddrs;
fn main() {
    let t = std::time::Instant::now();
    World::new().record("www.example. A 192.0.2.1").test(|net| {
        println!("in body {:?} {:?}", ("www.example", 80).to_socket_addrs(), net.queries());
        net.fault("rcode=SERVFAIL"); net.forget();
        println!("in body {:?} {:?}", ("www.example", 80).to_socket_addrs(), net.queries());
        net.well(); net.forget(); net.record("www.example. AAAA 2001:db8::1");
        println!("in body {:?} {:?}", ("www.example", 80).to_socket_addrs(), net.queries());
        net.file("hosts", "192.0.2.7 www.example\n");
        println!("in body {:?} {:?}", ("www.example", 80).to_socket_addrs(), net.queries());
    });
    println!("body {:?}", t.elapsed());
    let w = World::new().record("www.example. A 192.0.2.1").start().unwrap();
    let o = w.command("getent").args(["ahostsv4", "www.example"]).output().unwrap();
    println!("{o:?} {:?}", w.queries());
    let o = w.command("sh").args(["-c", "pwd; id; cat /proc/self/status | grep -i cap; readlink /proc/self; ls /proc | head -3; kill -SEGV $$"]).output().unwrap();
    println!("{} {:?} {}", String::from_utf8_lossy(&o.stdout), o.status, String::from_utf8_lossy(&o.stderr));
    println!("{:?}", w.command("nosuch").output());
    println!("{:?}", w.command("true").current_dir("/run/dbus").output());
    let t = std::time::Instant::now();
    let c = World::new().hostname("hi").command("hostname").unwrap().spawn().unwrap().wait_with_output().unwrap();
    println!("{c:?} {:?}", t.elapsed());
    println!("{:?}", World::new().record("www.example. A 192.0.2.256").fault("dorp").start().unwrap_err());
    println!("took {:?}", t.elapsed());
}
