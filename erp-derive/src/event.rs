//! `#[derive(Event)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Fields, LitStr, Result, Variant, parse2};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let item: DeriveInput = parse2(item)?;
    let Data::Enum(data) = &item.data else {
        return Err(Error::new_spanned(item, "events are an enum"));
    };
    let name = &item.ident;
    let kinds: Vec<LitStr> = data.variants.iter().map(kind).collect::<Result<_>>()?;
    let variants = data.variants.iter().map(|variant| &variant.ident);
    let reads = data.variants.iter().map(read).collect::<Result<Vec<_>>>()?;
    let writes = data.variants.iter().map(write);
    Ok(quote! {
        impl #name {
            /// The dotted names of all types.
            pub const KINDS: &'static [&'static str] = &[#(#kinds),*];

            /// The type's dotted name.
            pub const fn kind(&self) -> &'static str {
                match self {
                    #(Self::#variants { .. } => #kinds,)*
                }
            }

            /// What it says, in JSON.
            ///
            /// # Errors
            /// When a value is none of JSON's.
            pub fn data(&self) -> ::serde_json::Result<::std::boxed::Box<::serde_json::value::RawValue>> {
                match self {
                    #(#writes,)*
                }
            }
        }

        impl ::std::convert::TryFrom<crate::change::OtherEvent> for #name {
            type Error = ::serde_json::Error;

            fn try_from(event: crate::change::OtherEvent) -> ::serde_json::Result<Self> {
                let data = event.data;
                match event.kind.as_str() {
                    #(#kinds => #reads,)*
                    _ => ::std::result::Result::Err(::serde::de::Error::unknown_variant(
                        &event.kind,
                        Self::KINDS,
                    )),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: ::serde::Deserializer<'de>,
            {
                let event: crate::change::OtherEvent = ::serde::Deserialize::deserialize(deserializer)?;
                Self::try_from(event).map_err(::serde::de::Error::custom)
            }
        }
    })
}

/// What serde calls the variant.
fn kind(variant: &Variant) -> Result<LitStr> {
    let mut kind = None;
    for attribute in variant.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                kind = Some(meta.value()?.parse()?);
            }
            Ok(())
        })?;
    }
    kind.ok_or_else(|| Error::new_spanned(variant, "name the event: #[serde(rename = \"…\")]"))
}

/// Reads the variant from `data`.
fn read(variant: &Variant) -> Result<TokenStream> {
    let ident = &variant.ident;
    match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            Ok(quote!(::serde_json::from_value(data).map(Self::#ident)))
        }
        Fields::Named(fields) => {
            let names: Vec<_> = fields.named.iter().map(|field| &field.ident).collect();
            let types = fields.named.iter().map(|field| &field.ty);
            let attributes = fields.named.iter().map(|field| of_serde(&field.attrs));
            Ok(quote! {{
                #[derive(::serde::Deserialize)]
                struct Fields {
                    #(#(#attributes)* #names: #types,)*
                }
                ::serde_json::from_value(data)
                    .map(|Fields { #(#names),* }| Self::#ident { #(#names),* })
            }})
        }
        _ => Err(Error::new_spanned(variant, "an event has fields, or one value")),
    }
}

/// Writes the variant as `data`.
fn write(variant: &Variant) -> TokenStream {
    let ident = &variant.ident;
    let Fields::Named(fields) = &variant.fields else {
        return quote!(Self::#ident(data) => ::serde_json::value::to_raw_value(data));
    };
    let names: Vec<_> = fields.named.iter().map(|field| &field.ident).collect();
    let types = fields.named.iter().map(|field| &field.ty);
    let attributes = fields.named.iter().map(|field| of_serde(&field.attrs));
    quote! {
        Self::#ident { #(#names),* } => {
            #[derive(::serde::Serialize)]
            struct Fields<'a> {
                #(#(#attributes)* #names: &'a #types,)*
            }
            ::serde_json::value::to_raw_value(&Fields { #(#names),* })
        }
    }
}

fn of_serde(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("serde")).collect()
}
