//! `#[derive(Record)]`: data and two functions, nothing else.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprCall, Field, Fields, Ident, Lit, LitStr, Meta,
    Result, Token, parse2, punctuated::Punctuated, spanned::Spanned,
};

type Words = Punctuated<Meta, Token![,]>;

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let item: DeriveInput = parse2(item)?;
    let Data::Struct(data) = &item.data else {
        return Err(Error::new_spanned(item, "a record is a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(&data.fields, "the fields of a record have names"));
    };
    let name = &item.ident;
    let record = Described::of(&item)?;
    let keys = record.keys(fields.named.iter())?;
    let placed = record.placed(fields.named.iter())?;
    let Described { id, new_id, kind, hooks } = record.emit(name, doc(&item.attrs));
    let described = fields.named.iter().map(describe).collect::<Result<Vec<_>>>()?;
    let idents: Vec<_> = fields.named.iter().map(|field| &field.ident).collect();
    let names = fields.named.iter().enumerate().map(|(place, field)| constant(name, place, field));
    // Paths that no name of the host's can hide, and few of them.
    Ok(quote! {
        #new_id
        const _: () = {
            use ::erp_core::{policy::Action as __Action, record as __record};
            use ::std::{option::Option as __Option, result::Result as __Result, vec::Vec as __Vec};
            #hooks
            impl __record::Record for #name {
                type Id = #id;
                const KIND: &'static __record::Kind =
                    &__record::Kind { fields: &[#(#described),*], keys: &[#(#keys),*], #placed #kind };
                fn values(&self) -> __Vec<__record::Value> {
                    ::std::vec![#(__record::FieldType::to_value(&self.#idents)),*]
                }
                fn from_values(
                    values: &mut __record::Values<'_>,
                ) -> __Result<Self, __record::Unreadable> {
                    Ok(Self { #(#idents: values.take()?),* })
                }
            }
            impl #name {
                #(#names)*
            }
            <#name as __record::Record>::KIND.check();
        };
    })
}

/// What the attribute of the struct says.
#[derive(Default)]
struct Said {
    texts: Vec<(Ident, LitStr)>,
    paths: Vec<(Ident, Expr)>,
    words: Vec<Ident>,
    keys: Vec<Vec<Ident>>,
}

/// What is written of the struct beside its fields.
struct Described {
    id: TokenStream,
    new_id: TokenStream,
    kind: TokenStream,
    hooks: TokenStream,
}

impl Described {
    fn of(item: &DeriveInput) -> Result<Said> {
        let mut said = Said::default();
        for word in words(&item.attrs, "record")? {
            said.add(word)?;
        }
        Ok(said)
    }
}

impl Said {
    fn add(&mut self, word: Meta) -> Result<()> {
        let ident = word.path().require_ident()?.clone();
        match word {
            Meta::Path(_) => self.words.push(ident),
            Meta::NameValue(pair) => match pair.value {
                Expr::Lit(literal) => match literal.lit {
                    Lit::Str(text) => self.texts.push((ident, text)),
                    other => return Err(Error::new_spanned(other, "a text is wanted here")),
                },
                other => self.paths.push((ident, other)),
            },
            Meta::List(list) if ident == "key" => {
                let names: Punctuated<Ident, Token![,]> =
                    list.parse_args_with(Punctuated::parse_terminated)?;
                self.keys.push(names.into_iter().collect());
            }
            Meta::List(list) => {
                let within: Words = list.parse_args_with(Punctuated::parse_terminated)?;
                within.into_iter().try_for_each(|word| self.add(word))?;
            }
        }
        Ok(())
    }

    /// The project that records lie in, and what they are listed under: the fields that refer to these.
    fn placed<'a>(&self, fields: impl Iterator<Item = &'a Field>) -> Result<TokenStream> {
        let all: Vec<_> = fields.filter_map(|field| field.ident.as_ref()).collect();
        let place = |word: &str| {
            let Some(named) = self.path(word) else { return Ok(None) };
            let found = all
                .iter()
                .position(|field| quote!(#field).to_string() == quote!(#named).to_string());
            found.map(Some).ok_or_else(|| Error::new_spanned(named, "no field of this name"))
        };
        let under = match place("under")? {
            Some(place) => quote!(__Option::Some(#place)),
            None => quote!(__Option::None),
        };
        let told = !self.says("untold");
        let within = match place("within")? {
            Some(field) => {
                quote!(__Option::Some(__record::Within { field: #field, told: #told }))
            }
            None => quote!(__Option::None),
        };
        Ok(quote!(under: #under, within: #within,))
    }

    /// The keys of several fields.
    fn keys<'a>(&self, fields: impl Iterator<Item = &'a Field>) -> Result<Vec<TokenStream>> {
        let all: Vec<_> = fields.filter_map(|field| field.ident.as_ref()).collect();
        let place = |name: &Ident| {
            let found = all.iter().position(|field| *field == name);
            found.ok_or_else(|| Error::new_spanned(name, "no field of this name"))
        };
        let key = |names: &Vec<Ident>| {
            let places = names.iter().map(place).collect::<Result<Vec<_>>>()?;
            let name = names.last().map(ToString::to_string).unwrap_or_default();
            Ok(quote!(__record::Key { name: #name, fields: &[#(#places),*] }))
        };
        self.keys.iter().map(key).collect()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.texts.iter().find(|(ident, _)| ident == name).map(|(_, text)| text.value())
    }

    fn path(&self, name: &str) -> Option<&Expr> {
        self.paths.iter().find(|(ident, _)| ident == name).map(|(_, path)| path)
    }

    fn says(&self, name: &str) -> bool {
        self.words.iter().any(|word| word == name)
    }
}

impl Said {
    fn emit(&self, name: &Ident, doc: String) -> Described {
        let lacking = |what: &str| {
            let message = format!("say `{what}` in #[record(…)]");
            quote_spanned!(name.span() => ::std::compile_error!(#message))
        };
        let text = |what: &str| self.text(what).map_or_else(|| lacking(what), |text| quote!(#text));
        let (kind, table, path) = (text("kind"), text("table"), text("path"));
        let (id, new_id) = match self.path("id") {
            Some(Expr::Call(ExprCall { func, args, .. })) => {
                let about = format!("The id of a {}.", self.text("kind").unwrap_or_default());
                (quote!(#func), quote!(::erp_core::record::ids! { #[doc = #about] #func #args; }))
            }
            Some(id) => (quote!(#id), TokenStream::new()),
            None => (lacking("id"), TokenStream::new()),
        };
        let action = |what: &str| match self.path(what) {
            Some(path) => quote!(__Action::#path),
            None => lacking(what),
        };
        let (read, create, update) = (action("read"), action("create"), action("update"));
        let ends = ["remove", "delete"].into_iter().find(|end| self.path(end).is_some());
        let remove = ends.map_or_else(|| update.clone(), &action);
        let audience = self.path("audience").map_or_else(|| lacking("audience"), |it| quote!(&#it));
        let item = self.text("item").map_or_else(|| path.clone(), |item| quote!(#item));
        let views = self.says("views");
        let replace = self.text("replace").unwrap_or_else(|| "update".to_owned());
        let tree = match self.path("tree") {
            Some(scope) => quote!(__Option::Some(__record::ScopeKind::#scope)),
            None => quote!(__Option::None),
        };
        let events = self.events();
        let away = match (self.says("archive"), self.path("delete").is_some()) {
            (true, true) => {
                let message = "a record is archived or deleted, not both";
                quote_spanned!(name.span() => ::std::compile_error!(#message))
            }
            (true, false) => quote!(__Option::Some(__record::Away::Archived)),
            (false, true) => quote!(__Option::Some(__record::Away::Deleted)),
            (false, false) => quote!(__Option::None),
        };
        let removed = self.path("remove").is_some();
        let hooks = match self.says("rules") {
            true => TokenStream::new(),
            false => quote!(impl __record::Rules for #name {}),
        };
        let hook = match self.says("rules") {
            true => quote!(__Option::Some(__record::Hooks::of::<#name>())),
            false => quote!(__Option::None),
        };
        let kind = quote! {
            name: #kind,
            doc: #doc,
            table: #table,
            path: #path,
            item: #item,
            views: #views,
            prefix: <#id as __record::Id>::PREFIX,
            tree: #tree,
            actions: __record::Actions {
                read: #read, create: #create, update: #update, remove: #remove,
            },
            audience: #audience,
            events: #events,
            away: #away,
            remove: #removed,
            replace: #replace,
            hooks: #hook,
        };
        Described { id, new_id, kind, hooks }
    }

    /// `module.noun_created` and so on; with `put` one name for all but the removal.
    fn events(&self) -> TokenStream {
        let kind = self.text("kind").unwrap_or_default();
        let module = self.text("module").unwrap_or_else(|| kind.clone());
        let noun = self.text("noun").unwrap_or(kind);
        let name = |verb: &str| format!("{module}.{noun}_{verb}");
        let put = |verb: &str| if self.says("put") { name("put") } else { name(verb) };
        let [created, changed] = ["created", "changed"].map(put);
        let away = if self.path("delete").is_some() { "deleted" } else { "archived" };
        let [archived, restored] = [away, "restored"].map(put);
        let removed = name(if self.says("deleted") { "deleted" } else { "removed" });
        let which = self.text("which").unwrap_or(noun);
        quote! {
            __record::Events {
                created: #created,
                changed: #changed,
                archived: #archived,
                restored: #restored,
                removed: #removed,
                which: #which,
            }
        }
    }
}

/// The description of a field.
fn describe(field: &Field) -> Result<TokenStream> {
    let (ident, ty) = (&field.ident, &field.ty);
    let name = ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let about = doc(&field.attrs);
    let said = words(&field.attrs, "field")?.into_iter().map(|word| saying(word, ty));
    let said = said.collect::<Result<Vec<_>>>()?;
    Ok(quote_spanned! { ty.span() =>
        __record::Field::of::<#ty>(#name, #about) #(#said)*
    })
}

/// A word of a field, as what the description is told.
fn saying(word: Meta, ty: &syn::Type) -> Result<TokenStream> {
    let ident = word.path().require_ident()?.clone();
    Ok(match word {
        Meta::Path(_) => quote_spanned!(ident.span() => .#ident()),
        Meta::NameValue(pair) => {
            let value = pair.value;
            quote_spanned! { ident.span() =>
                .#ident(|| <#ty as __record::FieldType>::to_value(&(#value)))
            }
        }
        Meta::List(list) => {
            let names: Punctuated<Ident, Token![,]> =
                list.parse_args_with(Punctuated::parse_terminated)?;
            let names = names.iter().map(ToString::to_string);
            quote_spanned!(ident.span() => .#ident(&[#(#names),*]))
        }
    })
}

/// The name of a field, with its type.
fn constant(record: &Ident, place: usize, field: &Field) -> TokenStream {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let constant = Ident::new(&name.to_uppercase(), Span::call_site());
    let (ty, about) = (&field.ty, format!("The field `{name}`."));
    quote! {
        #[doc = #about]
        pub const #constant: __record::FieldName<#record, #ty> =
            __record::FieldName::at(#place);
    }
}

fn words(attributes: &[Attribute], name: &str) -> Result<Vec<Meta>> {
    let mut all = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        let words: Words = attribute.parse_args_with(Punctuated::parse_terminated)?;
        all.extend(words);
    }
    Ok(all)
}

/// The doc comment in one line.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
