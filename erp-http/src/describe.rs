//! What describes a type in the OpenAPI document. Without the feature `openapi` it does nothing.

#[cfg(not(feature = "openapi"))]
pub(crate) use erp_derive::{IntoParams, ToSchema};
#[cfg(feature = "openapi")]
pub(crate) use utoipa::{IntoParams, ToSchema};
