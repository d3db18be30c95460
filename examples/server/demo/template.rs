//! The demo's category of projects, with the template of what a roof begins with.

use anyhow::Context;
use erp_core::{
    Ctx, Engine,
    projects::{NewProjectTemplate, ProjectCategory},
};

/// Makes the category and the template.
pub async fn fill(engine: &Engine) -> anyhow::Result<()> {
    let (system, projects) = (Ctx::system(), engine.projects());
    let solar = engine.records().create(&system, ProjectCategory::new("Solar", None)?).await?;
    let body = serde_json::from_str(include_str!("roof.json")).context("roof.json is wrong")?;
    let category = Some(solar.id);
    let roof = NewProjectTemplate { name: "Roof of a house".to_owned(), category, body };
    projects.create_template(&system, roof).await.context("cannot make the template")?;
    Ok(())
}
