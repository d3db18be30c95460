//! `#[endpoint]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Error, Ident, ItemFn, LitStr, Result, Token,
    parse::{Parse, ParseStream},
    parse2,
};

/// The method and the path, with which the arguments begin.
struct Place {
    method: Ident,
    path: LitStr,
}

impl Parse for Place {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let method: Ident = input.parse()?;
        input.parse::<Token![,]>()?;
        let word: Ident = input.parse()?;
        if word != "path" {
            return Err(Error::new_spanned(word, "the method is followed by `path = \"…\"`"));
        }
        input.parse::<Token![=]>()?;
        let path = input.parse()?;
        // The rest is utoipa's.
        input.parse::<TokenStream>()?;
        Ok(Self { method, path })
    }
}

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let Place { method, path } = parse2(arguments.clone())?;
    let handler: ItemFn = parse2(item)?;
    let (vis, name) = (&handler.vis, &handler.sig.ident);
    let filter = Ident::new(&method.to_string().to_uppercase(), method.span());
    let described = format_ident!("__path_{name}");
    Ok(quote! {
        #vis fn #name() -> crate::route::Route {
            #[cfg_attr(feature = "openapi", utoipa::path(#arguments))]
            #handler
            crate::route::Route::new(
                axum::routing::MethodFilter::#filter,
                #path,
                crate::route::Erased::new(#name),
                #[cfg(feature = "openapi")]
                std::sync::Arc::new(crate::document::operation::<#described>),
            )
        }
    })
}
