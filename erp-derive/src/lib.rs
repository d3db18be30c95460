//! Macros: those that describe records, and attribute macros of the engine's own crates.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod boxed;
mod choice;
mod endpoint;
mod event;
mod parts;
mod record;

use proc_macro::TokenStream;

/// Compiles the public async methods of an `impl` block in the crate that has them.
///
/// The body of an `async fn` is compiled again in every crate that awaits it, with all that it awaits
/// itself: a host, its tests and each of its binaries would compile the engine's services anew. Under
/// this attribute `pub async fn name(&self, …) -> T` becomes
/// `pub fn name<'f>(&'f self, …) -> BoxFuture<'f, T>`, whose body is compiled once. It costs one
/// allocation for each call.
///
/// Associated functions without `self` are boxed, too. Functions with type parameters, `impl Trait`
/// arguments or named lifetimes stay as they are, and so do private ones.
///
/// ```
/// struct Adder(u32);
///
/// #[erp_derive::boxed]
/// impl Adder {
///     /// The sum.
///     pub async fn add(&self, other: &u32) -> Result<u32, String> {
///         self.0.checked_add(*other).ok_or_else(|| "too much".to_owned())
///     }
/// }
///
/// let adder = Adder(2);
/// let sum: futures::future::BoxFuture<'_, _> = adder.add(&3);
/// assert_eq!(futures::executor::block_on(sum), Ok(5));
/// ```
#[proc_macro_attribute]
pub fn boxed(arguments: TokenStream, item: TokenStream) -> TokenStream {
    boxed::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a route of a handler of `erp-http`: a function of the same name that returns it. The arguments
/// are those of `utoipa::path`, which describes the handler where the OpenAPI document is made.
#[proc_macro_attribute]
pub fn endpoint(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Stands in for `utoipa::ToSchema` where no OpenAPI document is made.
#[proc_macro_derive(ToSchema, attributes(schema))]
pub fn no_schema(_: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// Stands in for `utoipa::IntoParams` where no OpenAPI document is made.
#[proc_macro_derive(IntoParams, attributes(into_params, param))]
pub fn no_params(_: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// Reads and writes an enum of events by the names that serde knows: `kind`, `KINDS`, `data`,
/// `TryFrom<OtherEvent>` and `Deserialize`. serde's own derive would compile the payloads twice, for
/// either order of `type` and `data`, and again in each crate that writes one.
#[proc_macro_derive(Event)]
pub fn event(item: TokenStream) -> TokenStream {
    event::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Describes a record: emits its kind, which is data, and two functions, between it and its values. The
/// module `erp_core::record` has an example.
#[proc_macro_derive(Record, attributes(record, field))]
pub fn record(item: TokenStream) -> TokenStream {
    record::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes an enum of words the type of a record's field.
#[proc_macro_derive(Choice)]
pub fn choice(item: TokenStream) -> TokenStream {
    choice::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct of a few values the type of a record's field.
#[proc_macro_derive(Parts)]
pub fn parts(item: TokenStream) -> TokenStream {
    parts::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
