//! `#[boxed]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Error, FnArg, ImplItem, ImplItemFn, ItemImpl, Lifetime, ReceiverKind, Result, ReturnType,
    Signature, Type, TypeReference, Visibility, parse_quote, parse2,
    visit_mut::{self, VisitMut},
};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`boxed` takes no arguments"));
    }
    let mut block: ItemImpl = parse2(item)?;
    if let Some((path, _)) = &block.trait_ {
        return Err(Error::new_spanned(path, "`boxed` is for methods that are of no trait"));
    }
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item
            && is_boxed(method)
        {
            *method = in_a_box(method);
        }
    }
    Ok(block.into_token_stream())
}

/// Whether it is async, seen from outside the crate, and the same code for every caller.
fn is_boxed(method: &ImplItemFn) -> bool {
    let Signature { asyncness, generics, inputs, .. } = &method.sig;
    let receiver = method.sig.receiver().map(|receiver| &receiver.kind);
    let by_reference = matches!(receiver, None | Some(ReceiverKind::Reference(..)));
    let of_a_trait = inputs.iter().any(
        |input| matches!(input, FnArg::Typed(typed) if matches!(*typed.ty, Type::ImplTrait(_))),
    );
    asyncness.is_some()
        && matches!(method.vis, Visibility::Public(_))
        && generics.params.is_empty()
        && by_reference
        && !of_a_trait
}

fn in_a_box(method: &ImplItemFn) -> ImplItemFn {
    let ImplItemFn { attrs, vis, sig, block, .. } = method;
    let mut sig = sig.clone();
    sig.asyncness = None;
    sig.generics = parse_quote!(<'f>);
    for input in &mut sig.inputs {
        Named.visit_fn_arg_mut(input);
    }
    let mut output: Type = match &sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, output) => (**output).clone(),
    };
    Named.visit_type_mut(&mut output);
    sig.output = parse_quote!(-> ::futures::future::BoxFuture<'f, #output>);
    // The branch that is never taken tells the compiler the type of the block, which it does not take
    // from the box around it.
    parse_quote! {
        #(#attrs)*
        #vis #sig {
            ::std::boxed::Box::pin(async move {
                if let ::std::option::Option::Some(never) =
                    ::std::option::Option::None::<#output>
                {
                    return never;
                }
                #block
            })
        }
    }
}

/// Names the lifetimes that are left out: all are the future's.
struct Named;

impl Named {
    fn future() -> Lifetime {
        parse_quote!('f)
    }
}

impl VisitMut for Named {
    fn visit_receiver_kind_mut(&mut self, receiver: &mut ReceiverKind) {
        if let ReceiverKind::Reference(_, lifetime, _) = receiver {
            lifetime.get_or_insert_with(Self::future);
        }
        visit_mut::visit_receiver_kind_mut(self, receiver);
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime.get_or_insert_with(Self::future);
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = Self::future();
        }
    }
}
