//! What is to be done next, on the command line.

use anyhow::Context;
use erp_core::{
    Ctx, Engine,
    ids::ProjectId,
    page::PageRequest,
    projects::{ReadyFilter, Task},
};

use super::project::find;
use crate::{cli::ReadyArgs, store};

/// Lists the ready tasks of a project, the most urgent first.
pub async fn command(args: ReadyArgs) -> anyhow::Result<()> {
    let engine = store::open(&args.store).await?;
    let project = find(&engine, &Ctx::system(), &args.project).await?;
    let project = project.with_context(|| format!("no project has the code {}", args.project))?;
    let show = |task: &Task| {
        let priority = format!("{:?}", task.details.priority).to_lowercase();
        println!("{}  {priority:6}  {}", task.code, task.details.title);
    };
    let ready = each(&engine, project, show).await?;
    println!("{ready} ready tasks");
    Ok(())
}

/// Does this with each ready task of a project; returns how many there are.
pub async fn each(
    engine: &Engine,
    project: ProjectId,
    with: impl Fn(&Task),
) -> anyhow::Result<u64> {
    let filter = ReadyFilter { project: Some(project), assignee: None };
    let (mut page, mut count) = (PageRequest::first(500), 0);
    loop {
        let found = engine.projects().ready_tasks(&Ctx::system(), filter, &page).await?;
        for task in &found.items {
            with(task);
            count += 1;
        }
        match found.next {
            Some(next) => page.cursor = Some(next),
            None => return Ok(count),
        }
    }
}
