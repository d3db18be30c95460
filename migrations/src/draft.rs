//! The table of a kind of record, as its description says. It is printed, reviewed and committed.

use erp_core::record::{Field, Kind, Type, table_of};

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as PostgreSQL names it.
    pub ty: &'static str,
    /// Whether it may be null.
    pub nullable: bool,
}

/// The columns of a kind's table, but for those that it does not describe.
pub fn columns(kind: &Kind) -> Vec<Column> {
    let own = |name: &str, ty| Column { name: name.to_owned(), ty, nullable: false };
    let mut all = vec![own("id", "uuid")];
    for field in kind.fields {
        let nullable = field.optional;
        let names = field.column_names().into_iter();
        all.extend(names.zip(types(&field.ty)).map(|(name, ty)| Column { name, ty, nullable }));
        if field.keyed() {
            all.push(Column { name: field.key_column(), ty: "text", nullable });
        }
    }
    all.push(own("version", "bigint"));
    all.push(own("created_at", "timestamp with time zone"));
    all.push(own("updated_at", "timestamp with time zone"));
    if kind.archive {
        let ty = "timestamp with time zone";
        all.push(Column { name: "archived_at".to_owned(), ty, nullable: true });
    }
    all
}

/// The types of a value's columns.
fn types(ty: &Type) -> Vec<&'static str> {
    match ty {
        Type::Bool => vec!["boolean"],
        Type::Int(..) => vec!["bigint"],
        Type::Decimal { .. } => vec!["numeric"],
        Type::Text(_) | Type::Choice(_) => vec!["text"],
        Type::Id { .. } => vec!["uuid"],
        Type::Day => vec!["date"],
        Type::Instant => vec!["timestamp with time zone"],
        Type::Money => vec!["numeric", "text"],
        Type::Parts(parts) => parts.iter().flat_map(|part| types(&part.ty)).collect(),
    }
}

/// The statements that create a kind's table and its indexes. Constraints have the names by which the store
/// knows what they refuse: `{table}_pkey`, `{table}_{field}`.
///
/// ```
/// use erp_core::{projects::PhaseDefinition, record::Record as _};
///
/// let sql = erp_migrations::draft(PhaseDefinition::KIND);
/// assert!(sql.contains("CREATE UNIQUE INDEX phase_definitions_name ON phase_definitions (name_key);"));
/// ```
pub fn draft(kind: &Kind) -> String {
    let table = kind.table;
    let mut lines: Vec<String> = columns(kind).iter().map(line).collect();
    lines.push(format!("CONSTRAINT {table}_pkey PRIMARY KEY (id)"));
    lines.push(format!("CONSTRAINT {table}_version CHECK (version >= 1)"));
    for field in kind.fields {
        if let (Type::Id { prefix }, [column]) = (field.ty, field.column_names().as_slice()) {
            let target = table_of(prefix).unwrap_or("the_table_of_its_kind");
            let name = field.name;
            lines.push(format!(
                "CONSTRAINT {table}_{name} FOREIGN KEY ({column}) REFERENCES {target} (id)"
            ));
        }
    }
    let mut sql = format!("CREATE TABLE {table} (\n    {}\n);\n", lines.join(",\n    "));
    for field in kind.fields {
        sql += &indexes(kind, field);
    }
    for key in kind.keys {
        let columns = key.fields.iter().map(|place| kind.fields[*place].key_column());
        let (name, columns) = (key.name, columns.collect::<Vec<_>>().join(", "));
        sql += &format!(
            "CREATE UNIQUE INDEX {table}_{name} ON {table} ({columns}) NULLS NOT DISTINCT;\n"
        );
    }
    sql
}

fn line(column: &Column) -> String {
    let Column { name, ty, nullable } = column;
    let collation = if name.ends_with("_key") { " COLLATE \"C\"" } else { "" };
    let null = if *nullable { "" } else { " NOT NULL" };
    format!("{name} {ty}{collation}{null}")
}

/// What a field is found by.
fn indexes(kind: &Kind, field: &Field) -> String {
    let (table, name, key) = (kind.table, field.name, field.key_column());
    let mut sql = String::new();
    if field.unique {
        sql += &format!("CREATE UNIQUE INDEX {table}_{name} ON {table} ({key});\n");
    }
    if field.sort {
        sql += &format!("CREATE INDEX {table}_by_{name} ON {table} ({key}, id);\n");
    } else if matches!(field.ty, Type::Id { .. }) && !field.unique {
        sql += &format!("CREATE INDEX {table}_of_{name} ON {table} ({key});\n");
    }
    sql
}
