//! Changes of what projects are made from.

use erp_core::{port::StoreResult, projects::CatalogChange as C};

use crate::state::Domain;

impl Domain {
    pub(super) fn apply_catalog(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::PutTemplate { template, expected } => self.put_template(*template, expected),
            C::PutOrigin(origin) => self.put_origin(*origin),
        }
    }
}
