//! `#[derive(Choice)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result, parse2};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let item: DeriveInput = parse2(item)?;
    let Data::Enum(data) = &item.data else {
        return Err(Error::new_spanned(item, "a choice is an enum"));
    };
    if let Some(other) = data.variants.iter().find(|it| !matches!(it.fields, Fields::Unit)) {
        return Err(Error::new_spanned(other, "a member of a choice is a word alone"));
    }
    let name = &item.ident;
    let members: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let words: Vec<String> = members.iter().map(|ident| snake_case(&ident.to_string())).collect();
    Ok(quote! {
        impl #name {
            /// Every member, in the order of their declaration.
            pub const ALL: &'static [Self] = &[#(Self::#members),*];

            /// The word that stores, bodies and lists use.
            pub const fn as_str(self) -> &'static str {
                match self {
                    #(Self::#members => #words,)*
                }
            }
        }

        impl ::erp_core::record::FieldType for #name {
            const TYPE: ::erp_core::record::Type =
                ::erp_core::record::Type::Choice(&[#(#words),*]);

            fn to_value(&self) -> ::erp_core::record::Value {
                ::erp_core::record::Value::Text(self.as_str().into())
            }

            fn from_value(value: &::erp_core::record::Value) -> ::std::option::Option<Self> {
                let word = value.as_text()?;
                Self::ALL.iter().copied().find(|member| member.as_str() == word)
            }
        }
    })
}

fn snake_case(name: &str) -> String {
    let mut word = String::with_capacity(name.len() + 2);
    for (place, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && place > 0 {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}
