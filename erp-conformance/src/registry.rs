//! The list of all cases, and the macro that makes tests of them.
//!
//! A case is a `pub async fn name(h: Harness)` in a private module, registered in exactly one list:
//! the macro `__port_cases!`, `__presence_cases!` or `__MODULE_scenarios!`. Both the registry and
//! the generated tests come from that list, so a listed case that does not exist does not compile,
//! and one that exists but is not listed is dead code, which the compiler reports.

use std::{future::Future, time::Duration};

use futures::future::BoxFuture;

use crate::{
    harness::{Harness, TestStore},
    presence,
};

/// A case that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// One point of the contract, as a test.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// `ports` for the contract of the ports, else the module whose services it goes through.
    pub group: &'static str,
    /// The part of the contract.
    pub subject: &'static str,
    /// What holds.
    pub name: &'static str,
    pub(crate) run: fn(Harness) -> BoxFuture<'static, ()>,
}

impl Case {
    /// Runs the case on a fresh store. It panics when the store breaks the contract.
    pub async fn run(&self, store: TestStore) {
        within_patience(&self.path(), (self.run)(Harness::new(store))).await;
    }

    /// Group, subject and name, as in the path of the generated test.
    pub fn path(&self) -> String {
        format!("{}::{}::{}", self.group, self.subject, self.name)
    }
}

/// Every case, in the order of the lists.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    PORTS
        .iter()
        .chain(presence::THROUGH_A_STORE)
        .chain(ACCESS)
        .chain(CHAT)
        .chain(REALTIME)
        .chain(RECORDS)
        .chain(INVENTORY)
        .chain(PROJECTS)
}

const PORTS: &[Case] = crate::__port_cases!(__registry);
const ACCESS: &[Case] = crate::__access_scenarios!(__registry);
const CHAT: &[Case] = crate::__chat_scenarios!(__registry);
const REALTIME: &[Case] = crate::__realtime_scenarios!(__registry);
const RECORDS: &[Case] = crate::__records_scenarios!(__registry);
const INVENTORY: &[Case] = crate::__inventory_scenarios!(__registry);
const PROJECTS: &[Case] = crate::__projects_scenarios!(__registry);

/// Runs the case of this path on the store that the factory makes, on a runtime of its own.
///
/// # Panics
/// When the store breaks the contract.
pub fn run<F, Fut>(path: &str, factory: F)
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = TestStore>,
{
    let case = cases().find(|case| case.path() == path);
    let case = case.expect("the tests and the registry come from one list");
    runtime().block_on(async { case.run(factory().await).await });
}

/// Waits for the case to end, but not for ever.
pub(crate) async fn within_patience(path: &str, case: impl Future<Output = ()>) {
    let done = tokio::time::timeout(PATIENCE, case).await;
    assert!(done.is_ok(), "{path} hangs");
}

/// A runtime for one case: a few threads, so that what is concurrent runs in parallel.
pub fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(4).enable_all().build().expect("a runtime")
}

/// Makes one `#[test]` of every case. The factory is an async function or closure without
/// arguments that returns a [`TestStore`]: a store that nothing was written to, a fresh one each
/// time. The tests stand in modules by group and subject (`ports::commit::…`), so wrap the call in
/// a module of its own when the suite runs more than once in a crate.
///
/// ```
/// mod memory {
///     async fn fresh() -> erp_conformance::TestStore {
///         erp_conformance::TestStore::new(erp_store_memory::MemoryStore::new())
///     }
///     erp_conformance::store_conformance!(fresh);
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! store_conformance {
    ($factory:expr $(,)?) => {
        $crate::__port_cases!(__tests, $factory);
        $crate::__presence_cases!(__tests, $factory);
        $crate::__access_scenarios!(__tests, $factory);
        $crate::__chat_scenarios!(__tests, $factory);
        $crate::__realtime_scenarios!(__tests, $factory);
        $crate::__records_scenarios!(__tests, $factory);
        $crate::__inventory_scenarios!(__tests, $factory);
        $crate::__projects_scenarios!(__tests, $factory);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ([$factory:expr] $group:ident ($($path:ident)::+) {
        $($subject:ident { $($name:ident)* })*
    }) => {
        mod $group {
            #[allow(unused_imports)]
            use super::*;
            $(mod $subject {
                #[allow(unused_imports)]
                use super::*;
                $(#[test]
                fn $name() {
                    let path = concat!(
                        stringify!($group), "::", stringify!($subject), "::", stringify!($name)
                    );
                    $crate::registry::run(path, $factory);
                })*
            })*
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __registry {
    ([] $group:ident ($($path:ident)::+) { $($subject:ident { $($name:ident)* })* }) => {
        $crate::__registry!(@flat $group [$($path)::+] $($subject { $($name)* })*)
    };
    (@flat $group:ident $path:tt $($subject:ident { $($name:ident)* })*) => {
        &[$($($crate::__registry!(@case $group $path $subject $name),)*)*]
    };
    (@case $group:ident [$($path:ident)::+] $subject:ident $name:ident) => {
        Case {
            group: stringify!($group),
            subject: stringify!($subject),
            name: stringify!($name),
            run: |h| Box::pin($crate::$($path)::+::$subject::$name(h)),
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __through_a_store {
    ([] $group:ident ($($path:ident)::+) { $subject:ident { $($name:ident)* } }) => {
        &[$(Case {
            group: stringify!($group),
            subject: stringify!($subject),
            name: stringify!($name),
            run: |h| Box::pin(async move { $subject::$name(TestPresence::of(h).await).await }),
        },)*]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __alone_registry {
    ([] $group:ident ($($path:ident)::+) { $subject:ident { $($name:ident)* } }) => {
        &[$((stringify!($name), |test| Box::pin($subject::$name(test))),)*]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __alone_tests {
    ([$factory:expr] $group:ident ($path:ident) { $subject:ident { $($name:ident)* } }) => {
        $(#[test]
        fn $name() {
            $crate::$path::run(stringify!($name), $factory);
        })*
    };
}
