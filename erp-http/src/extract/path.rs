//! The parameters in a path.

use std::{fmt::Display, str::FromStr};

use axum::extract::{FromRequestParts, RawPathParams};
use erp_core::error::Error;
use futures::FutureExt;

use super::call::{Argument, Call};
use crate::problem::Failure;

/// The last id in the path.
pub(crate) struct Path<A>(pub(crate) A);

/// The last two ids in the path.
pub(crate) struct PathPair<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromStr<Err: Display> + Send + 'static> Argument for Path<A> {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        Params::of(call)?.nth_last(0).map(Self)
    }
}

impl<A, B> Argument for PathPair<A, B>
where
    A: FromStr<Err: Display> + Send + 'static,
    B: FromStr<Err: Display> + Send + 'static,
{
    fn take(call: &mut Call) -> Result<Self, Failure> {
        let params = Params::of(call)?;
        Ok(Self(params.nth_last(1)?, params.nth_last(0)?))
    }
}

/// Name and value of each parameter. They are counted from the end, as a host may have nested the
/// router under parameters of its own.
struct Params(Vec<(String, String)>);

impl Params {
    fn of(call: &mut Call) -> Result<Self, Failure> {
        // It waits for nothing.
        let params = RawPathParams::from_request_parts(&mut call.parts, &())
            .now_or_never()
            .ok_or_else(|| Error::Internal("the parameters are not there yet".to_owned()))?
            .map_err(|rejection| Failure::field("path", rejection.body_text()))?;
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(Self(params.iter().map(owned).collect()))
    }

    fn nth_last_text(&self, index: usize) -> Result<&(String, String), Failure> {
        let missing = || Error::Internal("the route has fewer parameters".to_owned());
        Ok(self.0.iter().nth_back(index).ok_or_else(missing)?)
    }

    fn nth_last<T: FromStr<Err: Display>>(&self, index: usize) -> Result<T, Failure> {
        let (name, value) = self.nth_last_text(index)?;
        value.parse().map_err(|error: T::Err| Failure::field(name, error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use erp_core::ids::{RoleId, UserId};

    use super::*;

    #[test]
    fn x_17_an_id_of_another_kind_is_refused_by_name() {
        let id = UserId::from_uuid(uuid::Uuid::from_u128(1));
        let params = ["tenant", "id", "role"].map(|name| (name.to_owned(), id.to_string()));
        let params = Params(params.into());
        assert_eq!(params.nth_last::<UserId>(1).unwrap(), id);
        let error = params.nth_last::<RoleId>(0).unwrap_err();
        assert!(format!("{error:?}").contains("\"role\""), "{error:?}");
    }
}
