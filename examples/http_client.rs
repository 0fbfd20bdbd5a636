//! A hyper client is tested against names that exist nowhere else, on port 80, without root and without a proxy.
//!
//! `cargo test --example http_client` runs the tests; `cargo run --example http_client -- http://…` is the program itself.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::env;
use std::error::Error;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).ok_or("usage: http_client URL")?;
    println!("{}", status(url.parse()?).await?);
    Ok(())
}

/// What is under test: asks a server how it is.
async fn status(url: Uri) -> Result<StatusCode, hyper_util::client::legacy::Error> {
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    Ok(client.get(url).await?.status())
}

#[cfg(test)]
mod tests {
    use std::io;

    use netdbspec::hermetic::World;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server for one request, inside the world of the test.
    async fn serve(address: &str, answer: &'static str) -> io::Result<()> {
        let listener = TcpListener::bind(address).await?;
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await?;
            while stream.read_u8().await? != b'\r' {}
            stream.write_all(answer.as_bytes()).await
        });
        Ok(())
    }

    const FINE: &str = "HTTP/1.1 204 No Content\r\n\r\n";

    #[tokio::test]
    async fn the_name_leads_to_the_server() {
        let world = World::new().record("www.example. A 192.0.2.80");
        let body = world.test_async(async |net| {
            serve("192.0.2.80:80", FINE).await?;
            assert_eq!(status(Uri::from_static("http://www.example/")).await?, StatusCode::NO_CONTENT);
            let mut queries = net.queries();
            queries.sort();
            assert_eq!(queries, ["udp A www.example.", "udp AAAA www.example."]);
            Ok::<_, Box<dyn Error>>(())
        });
        body.await.unwrap();
    }

    #[tokio::test]
    async fn a_dead_address_is_passed_over() {
        let world = World::new().record("www.example. A 192.0.2.80\nwww.example. AAAA 2001:db8::10");
        let body = world.test_async(async |_| {
            // Nobody listens at the IPv6 address, which comes first.
            serve("192.0.2.80:80", FINE).await.unwrap();
            assert_eq!(status(Uri::from_static("http://www.example/")).await.unwrap(), StatusCode::NO_CONTENT);
        });
        body.await;
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_an_error_of_connecting() {
        let world = World::new().missing("nowhere.example");
        let body = world.test_async(async |net| {
            let error = status(Uri::from_static("http://nowhere.example/")).await.unwrap_err();
            assert!(error.is_connect(), "{error:?}");
            assert!(net.log().iter().all(|query| query.reply == "NXDOMAIN"));
        });
        body.await;
    }
}
