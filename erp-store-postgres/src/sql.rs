//! Statements without their types.
//!
//! sqlx compiles its streams anew for each type of row and each closure that reads one. Here rows come
//! as they are, by functions that are compiled once, and are read where they have come to.

use std::marker::PhantomData;

use futures::future::BoxFuture;
use sqlx::{
    Decode, Encode, FromRow, PgConnection, PgPool, Postgres, Row, SqlSafeStr, Type,
    postgres::{PgArguments, PgQueryResult, PgRow},
    query::Query,
};

/// A statement with its arguments.
pub(crate) struct Statement<'q>(Query<'q, Postgres, PgArguments>);

/// A statement whose rows are read by `read`.
pub(crate) struct Rows<'q, F>(Statement<'q>, F);

/// A statement whose rows are read as `T`.
pub(crate) struct RowsAs<'q, T>(Statement<'q>, fn(&PgRow) -> sqlx::Result<T>, PhantomData<T>);

/// As [`sqlx::query`].
pub(crate) fn query<'q>(text: impl SqlSafeStr) -> Statement<'q> {
    Statement(sqlx::query(text))
}

/// As [`sqlx::query_scalar`]: the first column.
pub(crate) fn query_scalar<'q, T>(text: impl SqlSafeStr) -> RowsAs<'q, T>
where
    T: for<'r> Decode<'r, Postgres> + Type<Postgres>,
{
    RowsAs(query(text), |row| row.try_get(0), PhantomData)
}

/// As [`sqlx::query_as`].
pub(crate) fn query_as<'q, T>(text: impl SqlSafeStr) -> RowsAs<'q, T>
where
    T: for<'r> FromRow<'r, PgRow>,
{
    RowsAs(query(text), |row| T::from_row(row), PhantomData)
}

/// What a statement is sent to.
pub(crate) trait Target<'e>: Sized {
    /// All rows.
    fn all<'q: 'e>(self, statement: Statement<'q>) -> BoxFuture<'e, sqlx::Result<Vec<PgRow>>>;

    /// The first row.
    fn first<'q: 'e>(self, statement: Statement<'q>) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>;

    /// How many rows were written.
    fn run<'q: 'e>(self, statement: Statement<'q>) -> BoxFuture<'e, sqlx::Result<PgQueryResult>>;
}

macro_rules! target {
    ($target:ty) => {
        impl<'e> Target<'e> for $target {
            fn all<'q: 'e>(
                self,
                statement: Statement<'q>,
            ) -> BoxFuture<'e, sqlx::Result<Vec<PgRow>>> {
                Box::pin(statement.0.fetch_all(self))
            }

            fn first<'q: 'e>(
                self,
                statement: Statement<'q>,
            ) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>> {
                Box::pin(statement.0.fetch_optional(self))
            }

            fn run<'q: 'e>(
                self,
                statement: Statement<'q>,
            ) -> BoxFuture<'e, sqlx::Result<PgQueryResult>> {
                Box::pin(statement.0.execute(self))
            }
        }
    };
}

target!(&'e PgPool);
target!(&'e mut PgConnection);

impl<'q> From<Query<'q, Postgres, PgArguments>> for Statement<'q> {
    fn from(query: Query<'q, Postgres, PgArguments>) -> Self {
        Self(query)
    }
}

impl<'q> Statement<'q> {
    pub fn bind<'t, T>(self, value: T) -> Self
    where
        T: 'q + Encode<'t, Postgres> + Type<Postgres>,
    {
        Self(self.0.bind(value))
    }

    /// It is not kept prepared on its connection.
    pub fn passing(self) -> Self {
        Self(self.0.persistent(false))
    }

    /// Reads each row by this.
    pub fn try_map<F>(self, read: F) -> Rows<'q, F> {
        Rows(self, read)
    }

    pub fn fetch_all<'e>(self, target: impl Target<'e>) -> BoxFuture<'e, sqlx::Result<Vec<PgRow>>>
    where
        'q: 'e,
    {
        target.all(self)
    }

    pub fn fetch_optional<'e>(
        self,
        target: impl Target<'e>,
    ) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'q: 'e,
    {
        target.first(self)
    }

    pub fn fetch_one<'e>(self, target: impl Target<'e>) -> BoxFuture<'e, sqlx::Result<PgRow>>
    where
        'q: 'e,
    {
        let row = target.first(self);
        Box::pin(async move { row.await?.ok_or(sqlx::Error::RowNotFound) })
    }

    pub fn execute<'e>(self, target: impl Target<'e>) -> BoxFuture<'e, sqlx::Result<PgQueryResult>>
    where
        'q: 'e,
    {
        target.run(self)
    }
}

impl<'q, F> Rows<'q, F> {
    pub fn fetch_all<'e, T>(self, target: impl Target<'e>) -> BoxFuture<'e, sqlx::Result<Vec<T>>>
    where
        F: FnMut(PgRow) -> sqlx::Result<T> + Send + 'e,
        T: Send + 'e,
        'q: 'e,
    {
        let (rows, read) = (target.all(self.0), self.1);
        Box::pin(async move { rows.await?.into_iter().map(read).collect() })
    }

    pub fn fetch_optional<'e, T>(
        self,
        target: impl Target<'e>,
    ) -> BoxFuture<'e, sqlx::Result<Option<T>>>
    where
        F: FnMut(PgRow) -> sqlx::Result<T> + Send + 'e,
        T: Send + 'e,
        'q: 'e,
    {
        let (row, read) = (target.first(self.0), self.1);
        Box::pin(async move { row.await?.map(read).transpose() })
    }

    pub fn fetch_one<'e, T>(self, target: impl Target<'e>) -> BoxFuture<'e, sqlx::Result<T>>
    where
        F: FnMut(PgRow) -> sqlx::Result<T> + Send + 'e,
        T: Send + 'e,
        'q: 'e,
    {
        let (row, mut read) = (target.first(self.0), self.1);
        Box::pin(async move { read(row.await?.ok_or(sqlx::Error::RowNotFound)?) })
    }
}

impl<'q, T: Send> RowsAs<'q, T> {
    pub fn bind<'t, V>(self, value: V) -> Self
    where
        V: 'q + Encode<'t, Postgres> + Type<Postgres>,
    {
        Self(self.0.bind(value), self.1, PhantomData)
    }

    /// As [`Statement::passing`].
    pub fn passing(self) -> Self {
        Self(self.0.passing(), self.1, PhantomData)
    }

    pub fn fetch_all<'e>(self, target: impl Target<'e>) -> BoxFuture<'e, sqlx::Result<Vec<T>>>
    where
        'q: 'e,
        T: 'e,
    {
        let (rows, read) = (target.all(self.0), self.1);
        Box::pin(async move { rows.await?.iter().map(read).collect() })
    }

    pub fn fetch_optional<'e>(
        self,
        target: impl Target<'e>,
    ) -> BoxFuture<'e, sqlx::Result<Option<T>>>
    where
        'q: 'e,
        T: 'e,
    {
        let (row, read) = (target.first(self.0), self.1);
        Box::pin(async move { row.await?.as_ref().map(read).transpose() })
    }

    pub fn fetch_one<'e>(self, target: impl Target<'e>) -> BoxFuture<'e, sqlx::Result<T>>
    where
        'q: 'e,
        T: 'e,
    {
        let (row, read) = (target.first(self.0), self.1);
        Box::pin(async move { read(&row.await?.ok_or(sqlx::Error::RowNotFound)?) })
    }
}

/// A statement that is made while the engine runs: of names that descriptions of kinds have, and of
/// places, never of what a caller says.
pub(crate) fn made(text: String) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(text)
}
