//! `#[derive(Parts)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result, parse2};

use crate::record::doc;

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let item: DeriveInput = parse2(item)?;
    let Data::Struct(data) = &item.data else {
        return Err(Error::new_spanned(item, "what has parts is a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(&data.fields, "parts have names"));
    };
    let name = &item.ident;
    let idents: Vec<_> = fields.named.iter().map(|field| &field.ident).collect();
    let types: Vec<_> = fields.named.iter().map(|field| &field.ty).collect();
    let abouts: Vec<String> = fields.named.iter().map(|field| doc(&field.attrs)).collect();
    let texts: Vec<String> = idents
        .iter()
        .map(|ident| ident.as_ref().map(ToString::to_string).unwrap_or_default())
        .collect();
    Ok(quote! {
        impl ::erp_core::record::FieldType for #name {
            const TYPE: ::erp_core::record::Type = ::erp_core::record::Type::Parts(&[#(
                ::erp_core::record::Part {
                    name: #texts,
                    doc: #abouts,
                    ty: <#types as ::erp_core::record::FieldType>::TYPE,
                }
            ),*]);

            fn to_value(&self) -> ::erp_core::record::Value {
                let parts = [#(::erp_core::record::FieldType::to_value(&self.#idents)),*];
                ::erp_core::record::Value::Parts(parts.into())
            }

            fn from_value(value: &::erp_core::record::Value) -> ::std::option::Option<Self> {
                let ::erp_core::record::Value::Parts(parts) = value else {
                    return ::std::option::Option::None;
                };
                let mut parts = ::erp_core::record::Values::of(parts);
                ::std::option::Option::Some(Self { #(#idents: parts.take().ok()?),* })
            }
        }
    })
}
