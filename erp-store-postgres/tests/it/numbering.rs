//! Task codes under load.

use erp_conformance::{TestStore, numbering};

use crate::support::Database;

#[tokio::test(flavor = "multi_thread")]
async fn storm_x_8_sixteen_writers_get_codes_without_a_gap() {
    let database = Database::migrated().await;
    numbering::storm_of_codes(TestStore::new(database.store().await).keeping(database)).await;
}
