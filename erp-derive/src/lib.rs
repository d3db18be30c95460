//! Attribute macros of the engine's own crates.

mod boxed;

use proc_macro::TokenStream;

/// Compiles the public async methods of an `impl` block in the crate that has them.
///
/// The body of an `async fn` is compiled again in every crate that awaits it, with all that it awaits
/// itself: a host, its tests and each of its binaries would compile the engine's services anew. Under
/// this attribute `pub async fn name(&self, …) -> T` becomes
/// `pub fn name<'f>(&'f self, …) -> BoxFuture<'f, T>`, whose body is compiled once. It costs one
/// allocation for each call.
///
/// Methods with type parameters, `impl Trait` arguments or named lifetimes stay as they are, and so
/// do private ones.
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
    boxed::expand(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
