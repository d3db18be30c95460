//! The conformance suite.

mod pool {
    use crate::support::through_the_pool;

    erp_conformance::store_conformance!(through_the_pool);
}

mod commit_in {
    use crate::support::through_commit_in;

    erp_conformance::store_conformance!(through_commit_in);
}

mod broadcaster {
    use std::{str::FromStr, sync::Arc};

    use erp_conformance::TestBroadcaster;
    use erp_core::port::Broadcaster;
    use erp_store_postgres::PgBroadcaster;
    use sqlx::postgres::PgConnectOptions;

    use crate::support::Database;

    /// Two nodes.
    async fn nodes() -> TestBroadcaster {
        let database = Database::empty();
        let mut nodes: Vec<Arc<dyn Broadcaster>> = Vec::new();
        for _ in 0..2 {
            let options = PgConnectOptions::from_str(&database.url).unwrap();
            nodes.push(Arc::new(PgBroadcaster::new(options, "erp_test")));
        }
        TestBroadcaster::new(nodes).keeping(database)
    }

    erp_conformance::broadcaster_conformance!(nodes);
}
