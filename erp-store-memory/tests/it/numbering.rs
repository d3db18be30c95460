//! Task codes under load.

use erp_conformance::{TestStore, numbering};
use erp_store_memory::MemoryStore;

#[tokio::test(flavor = "multi_thread")]
async fn storm_x_8_sixteen_writers_get_codes_without_a_gap() {
    numbering::storm_of_codes(TestStore::new(MemoryStore::new())).await;
}
