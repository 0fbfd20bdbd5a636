//! A test's body inside a world.
//!
//! A process with threads cannot enter namespaces, and libtest has threads. So the test binary is run once more, inside, for
//! this one test: there the body runs; outside, the first process serves the world and tells how the body ended.

mod inside;
mod outside;
mod role;

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use serde::{Deserialize, Serialize};

use self::role::Role;
use super::live::Order;
use super::net::Net;
use super::world::World;

/// What the process inside says to the one outside. Each word is answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Word {
    /// The body begins. What was printed before was printed outside as well.
    Begun,
    /// Something is asked of the world.
    Order(Order),
    /// The body has ended.
    Ended(Ended),
}

/// How a body ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ended {
    /// It returned.
    Passed,
    /// It returned an error, which reads so.
    Failed(String),
    /// It panicked, with this message if there was one.
    Panicked(Option<String>),
}

/// What the body of a test may return: nothing, or a `Result` without a value.
pub trait TestResult {
    /// What a test returns that has passed.
    fn passed() -> Self;

    /// The error, where it is one.
    fn failure(&self) -> Option<String>;
}

impl TestResult for () {
    fn passed() -> Self {}

    fn failure(&self) -> Option<String> {
        None
    }
}

impl<E: Debug> TestResult for Result<(), E> {
    fn passed() -> Self {
        Ok(())
    }

    fn failure(&self) -> Option<String> {
        self.as_ref().err().map(|error| format!("{error:?}"))
    }
}

impl World {
    /// Runs the body of a test inside the world: whatever it does, resolve, connect, listen, start programs, it does in there.
    ///
    /// ```
    /// use std::net::ToSocketAddrs;
    ///
    /// use netdbspec::hermetic::World;
    ///
    /// // #[test]
    /// fn the_name_has_an_address() {
    ///     World::new().record("www.example. A 192.0.2.1").test(|net| {
    ///         let found: Vec<_> = ("www.example", 80).to_socket_addrs().unwrap().collect();
    ///         assert_eq!(found, ["192.0.2.1:80".parse().unwrap()]);
    ///         assert!(net.queries().contains(&"udp A www.example.".to_owned()));
    ///
    ///         net.fault("rcode=SERVFAIL");
    ///         assert!(("www.example", 80).to_socket_addrs().is_err());
    ///     });
    /// }
    /// # the_name_has_an_address();
    /// ```
    ///
    /// What stands before it in the test runs twice, outside and inside, and what stands after it outside only. Statics of the
    /// test binary are those of a new process: tests that run in worlds share no memory with others. The test fails as the
    /// body does, with what the body printed and the queries that were seen; `#[should_panic]`, ignored tests, `Result`,
    /// rstest's parameters and nextest work as they always do. It is for the test's own thread, whose name is the test's, and for `main`,
    /// where the whole program is run once more.
    ///
    /// # Panics
    /// As the body does; when the world is wrong; and when no sandbox can be made here, with the reason and the remedy. Where
    /// `NETDBSPEC_SANDBOX=optional` is set in the environment, a test that needs a sandbox which cannot be made is left out
    /// instead, and says so on standard error.
    #[track_caller]
    pub fn test<T: TestResult>(self, body: impl FnOnce(&Net) -> T) -> T {
        match Role::find() {
            Role::Inside(net) => {
                inside::begin(&net);
                let result = catch_unwind(AssertUnwindSafe(|| body(&net)));
                inside::end(&net, result)
            }
            Role::Before => T::passed(),
            Role::Outside(mark) => {
                outside::run(&self, &mark);
                T::passed()
            }
        }
    }

    /// The same for a body that waits: for `#[tokio::test]` and its like.
    ///
    /// ```
    /// use netdbspec::hermetic::World;
    ///
    /// // #[tokio::test]
    /// async fn the_name_has_an_address() {
    ///     let world = World::new().record("www.example. A 192.0.2.1");
    ///     world
    ///         .test_async(async |net| {
    ///             let found: Vec<_> = tokio::net::lookup_host("www.example:80").await.unwrap().collect();
    ///             assert_eq!(found, ["192.0.2.1:80".parse().unwrap()]);
    ///             assert!(net.queries().contains(&"udp A www.example.".to_owned()));
    ///         })
    ///         .await;
    /// }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(the_name_has_an_address());
    /// ```
    ///
    /// # Panics
    /// As [`World::test`].
    pub async fn test_async<T: TestResult>(self, body: impl AsyncFnOnce(&Net) -> T) -> T {
        match Role::find() {
            Role::Inside(net) => {
                inside::begin(&net);
                let result = inside::caught(pin!(body(&net))).await;
                inside::end(&net, result)
            }
            Role::Before => T::passed(),
            Role::Outside(mark) => {
                outside::run(&self, &mark);
                T::passed()
            }
        }
    }
}
