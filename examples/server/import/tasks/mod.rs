//! Takes over the issues of another tracker: one JSON object per line, and the edges between them as
//! CSV. They become the tasks of one project.
//!
//! First all tasks are made, then the edges are taken in their order, then what was deleted there is
//! deleted here: so its edges are there, hidden, and come back when it is restored. A task is known by
//! a label with the id of its issue, so the import may be run again; what is read of the files is held
//! line by line, and kept of it are the ids alone.

mod edge;
mod edges;
mod issue;
mod project;
pub mod ready;
mod report;

use std::path::Path;

use anyhow::Context;
use erp_core::{Ctx, Engine, ids::TaskId};

use self::{
    edge::Line,
    edges::{Edges, Outcome, version},
    issue::Issue,
    project::Project,
    report::Report,
};
use super::{
    patience::patiently,
    source::{self, Numbered, Progress},
    tally::refusal,
};
use crate::{cli::ImportTasksArgs, demo, serve, store};

/// Imports the files, and serves afterwards if that is wanted.
pub async fn command(args: ImportTasksArgs) -> anyhow::Result<()> {
    let engine = store::open(&args.server.store).await?;
    // An organisation without an owner would be one that nobody can log in to.
    demo::seed(&engine).await?;
    let ctx = Ctx::system();
    let mut project = Project::open(&engine, &ctx, &args.project, &args.owner).await?;
    let mut report = Report::default();
    let done = import(&engine, &ctx, &args, &mut project, &mut report).await;
    report.people = (project.people.met(), project.people.new);
    report.broken_off = done.err();
    println!("{report}");
    println!("  list them            curl {}", ready_url(&args, &project));
    if let Some(broken) = report.broken_off {
        return Err(broken).context("the import broke off; run it again to go on");
    }
    if args.serve {
        serve::serve(engine, &args.server).await?;
    }
    Ok(())
}

fn ready_url(args: &ImportTasksArgs, project: &Project<'_>) -> String {
    format!("http://{}/api/projects/{}/ready", args.server.listen, project.id)
}

async fn import(
    engine: &Engine,
    ctx: &Ctx,
    args: &ImportTasksArgs,
    project: &mut Project<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let condemned = issues(&args.issues, project, report).await?;
    dependencies(engine, ctx, &args.dependencies, project, &condemned, report).await?;
    delete(engine, ctx, &condemned, report).await?;
    report.ready = Some(ready::each(engine, project.id, |_| {}).await?);
    Ok(())
}

/// Makes the tasks; returns those that are to be deleted.
async fn issues(
    file: &Path,
    project: &mut Project<'_>,
    report: &mut Report,
) -> anyhow::Result<Vec<TaskId>> {
    let progress = Progress::over(file)?;
    let mut rows = source::rows(file, &progress, Issue::parse)?;
    let (tally, mut condemned) = (&mut report.issues, Vec::new());
    while let Some(read) = rows.recv().await {
        let Numbered { line, row } = read?;
        tally.rows += 1;
        progress.rows(tally.rows);
        let issue = match row {
            Ok(issue) => issue,
            Err(reason) => {
                tally.refuse(line, reason);
                continue;
            }
        };
        match project.put(&issue).await {
            Ok(true) => tally.written += 1,
            Ok(false) => tally.already_there += 1,
            Err(error) => tally.refuse(line, refusal(error)?),
        }
        condemned.extend(project.task(&issue.id).filter(|_| issue.deleted));
    }
    progress.finish();
    Ok(condemned)
}

async fn dependencies(
    engine: &Engine,
    ctx: &Ctx,
    file: &Path,
    project: &Project<'_>,
    condemned: &[TaskId],
    report: &mut Report,
) -> anyhow::Result<()> {
    let progress = Progress::over(file)?;
    let mut rows = source::rows(file, &progress, Line::parse)?;
    let graph = engine.store().projects().task_graph(project.id).await?;
    let graph = graph.context("the project is gone")?;
    let mut edges = Edges::over(engine, ctx, &graph, condemned);
    drop(graph);
    while let Some(read) = rows.recv().await {
        let Numbered { line, row } = read?;
        let edge = match row {
            Ok(Line::Names) => continue,
            Ok(Line::Edge(edge)) => edge,
            Err(reason) => {
                report.edges.rows += 1;
                report.edges.refuse(line, reason);
                continue;
            }
        };
        report.edges.rows += 1;
        progress.rows(report.edges.rows);
        match edges.take(&edge, project).await? {
            Outcome::Part => report.parts += 1,
            Outcome::Waits => report.waits += 1,
            Outcome::AlreadyThere => report.edges.already_there += 1,
            Outcome::Refused(reason) => {
                report.edges.refuse(line, format!("{} on {}: {reason}", edge.issue, edge.on));
            }
        }
    }
    progress.finish();
    Ok(())
}

/// Deletes those of the tasks that are not deleted yet, each alone or with what it is a part of.
async fn delete(
    engine: &Engine,
    ctx: &Ctx,
    condemned: &[TaskId],
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut live = Vec::new();
    for ids in condemned.chunks(500) {
        let tasks = engine.store().projects().tasks_by_id(ids).await?;
        live.extend(tasks.iter().filter(|task| task.deleted_at.is_none()).map(|task| task.id));
    }
    for task in &live {
        patiently(|| async {
            engine.projects().delete_task(ctx, *task, version(engine, *task).await?).await
        })
        .await?;
        report.deleted += 1;
    }
    Ok(())
}
