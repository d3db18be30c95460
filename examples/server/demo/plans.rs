//! The demo's projects: tasks on their boards, with what waits for what.

use anyhow::Context;
use chrono::{Days, NaiveDate};
use erp_core::{
    Ctx, Engine,
    ids::{ProjectId, TaskId},
    projects::{
        DependencyKind, NewDependency, NewProject, NewTask, Priority, ProjectDetails, ProjectRole,
        ProjectStatus, TaskDetails, TaskStatus,
    },
};

use super::Cast;

/// A project of the demo data.
struct Plan {
    code: &'static str,
    name: &'static str,
    about: &'static str,
    prefix: &'static str,
    /// Whoever makes it.
    owner: &'static str,
    members: &'static [(&'static str, ProjectRole)],
    /// Its first and last day, counted from today.
    days: (i64, i64),
    tasks: &'static [Job],
}

/// A task.
struct Job {
    title: &'static str,
    status: TaskStatus,
    priority: Priority,
    /// Who is to do it, with spaces between.
    who: &'static str,
    /// When it is due, counted from today.
    due: Option<i64>,
    /// How long it takes, in hours.
    hours: i64,
    /// The numbers of the tasks that it waits for.
    after: &'static [usize],
    /// The number of the task that it is a part of.
    part_of: Option<usize>,
}

impl Job {
    const fn new(title: &'static str, status: TaskStatus, who: &'static str, hours: i64) -> Self {
        let (priority, due, after, part_of) = (Priority::Normal, None, &[] as &[usize], None);
        Self { title, status, priority, who, due, hours, after, part_of }
    }

    const fn due(self, days: i64) -> Self {
        Self { due: Some(days), ..self }
    }

    const fn after(self, after: &'static [usize]) -> Self {
        Self { after, ..self }
    }

    const fn part_of(self, number: usize) -> Self {
        Self { part_of: Some(number), ..self }
    }

    const fn rated(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }
}

use Priority::{High, Low, Urgent};
use ProjectRole::{Manager, Member, Viewer};
use TaskStatus::{Backlog, Cancelled, Done, InProgress, InReview, Todo};

const PLANS: &[Plan] = &[
    Plan {
        code: "SEAVIEW",
        name: "Seaview school",
        about: "84 kWp on the gym roof, a heat pump for the main building.",
        prefix: "SEA",
        owner: "anna",
        members: &[
            ("emma", Manager),
            ("priya", Member),
            ("tom", Member),
            ("leila", Member),
            ("oskar", Member),
            ("sofia", Viewer),
        ],
        days: (-20, 45),
        tasks: &[
            Job::new("Measure the gym roof", Done, "priya", 6).due(-14),
            Job::new("Layout of the modules and the two inverters", Done, "priya", 16)
                .due(-8)
                .after(&[1]),
            Job::new("Statics of the roof, signed", InReview, "priya emma", 8)
                .due(-1)
                .rated(High)
                .after(&[1]),
            Job::new("Order modules and inverters", InProgress, "oskar", 3)
                .due(2)
                .rated(Urgent)
                .after(&[2]),
            Job::new("Scaffold on the south side", Todo, "tom", 12).due(6).after(&[3]),
            Job::new("Roof hooks and rails", Todo, "tom leila", 40).due(10).after(&[5]),
            Job::new("Lay the modules", Backlog, "tom leila", 48).due(17).after(&[4, 6]),
            Job::new("Strings and inverters", Backlog, "leila", 24).due(20).after(&[7]),
            Job::new("Heat pump for the main building", InProgress, "emma", 60).due(30),
            Job::new("Foundation of the outdoor unit", InProgress, "tom", 10)
                .due(-2)
                .rated(High)
                .part_of(9),
            Job::new("Cut off the old boiler", Todo, "tom", 8).due(12).part_of(9).after(&[10]),
            Job::new("Hydraulics and buffer tank", Backlog, "leila", 30)
                .due(19)
                .part_of(9)
                .after(&[11]),
            Job::new("Register the plant with the grid operator", Todo, "sofia emma", 4)
                .due(9)
                .rated(High),
            Job::new("Flyer for the parents' evening", Backlog, "emma", 3).rated(Low),
            Job::new("Battery in the cellar", Cancelled, "priya", 16),
            Job::new("Commissioning with the caretaker", Backlog, "tom emma", 6)
                .due(32)
                .after(&[8, 12]),
        ],
    },
    Plan {
        code: "VANS",
        name: "Three new vans",
        about: "What has to be done before the old ones go.",
        prefix: "VAN",
        owner: "marek",
        members: &[("anna", Manager), ("tom", Member), ("oskar", Member), ("daniel", Member)],
        days: (-9, 6),
        tasks: &[
            Job::new("Clear the old vans", Done, "oskar daniel", 4).due(-3),
            Job::new("Register and insure the new ones", Done, "marek", 3).due(-2),
            Job::new("Shelves in van 1", InProgress, "daniel", 6).due(1),
            Job::new("Shelves in van 2 and 3", Todo, "daniel oskar", 10).due(3).after(&[3]),
            Job::new("Lettering", Todo, "marek", 2).due(5).after(&[2]),
            Job::new("Sell the old ones", Backlog, "anna", 5).rated(Low).after(&[1, 4]),
        ],
    },
];

/// Makes the projects and their tasks.
pub async fn fill(engine: &Engine, cast: &Cast) -> anyhow::Result<()> {
    for plan in PLANS {
        let project = open(engine, cast, plan).await;
        let project = project.with_context(|| format!("cannot make the project {}", plan.code))?;
        tasks(engine, cast, plan, project)
            .await
            .with_context(|| format!("cannot make the tasks of {}", plan.code))?;
    }
    Ok(())
}

async fn open(engine: &Engine, cast: &Cast, plan: &Plan) -> anyhow::Result<ProjectId> {
    let owner = Ctx::user(cast[plan.owner]);
    let details = ProjectDetails {
        description: Some(plan.about.to_owned()),
        task_prefix: plan.prefix.to_owned(),
        start_on: Some(day(engine, plan.days.0)?),
        due_on: Some(day(engine, plan.days.1)?),
        zone: "Europe/Berlin".to_owned(),
        ..ProjectDetails::named(plan.name)
    };
    let members = plan.members.iter().map(|(key, role)| (cast[key], *role)).collect();
    let new = NewProject { code: plan.code.to_owned(), details, members };
    let project = engine.projects().create(&owner, new).await?;
    let active = ProjectStatus::Active;
    engine.projects().set_status(&owner, project.id, project.version, active).await?;
    Ok(project.id)
}

async fn tasks(engine: &Engine, cast: &Cast, plan: &Plan, id: ProjectId) -> anyhow::Result<()> {
    let owner = Ctx::user(cast[plan.owner]);
    let mut made: Vec<TaskId> = Vec::new();
    let known = |made: &[TaskId], number: usize| {
        made.get(number - 1).copied().context("a task that comes later")
    };
    for job in plan.tasks {
        let details = TaskDetails {
            priority: job.priority,
            assignees: job.who.split(' ').map(|key| cast[key]).collect(),
            due_on: job.due.map(|days| day(engine, days)).transpose()?,
            estimate_min: Some(job.hours * 60),
            ..TaskDetails::titled(job.title)
        };
        let parent = job.part_of.map(|number| known(&made, number)).transpose()?;
        let new = NewTask { details, parent, status: Some(job.status) };
        let task = engine.projects().create_task(&owner, id, new).await?;
        for number in job.after {
            let (predecessor, successor) = (known(&made, *number)?, task.id);
            let kind = DependencyKind::FinishStart;
            let link = NewDependency { predecessor, successor, kind, lag_min: 0 };
            engine.projects().link_tasks(&owner, link).await?;
        }
        made.push(task.id);
    }
    Ok(())
}

/// The day so many days from today.
fn day(engine: &Engine, days: i64) -> anyhow::Result<NaiveDate> {
    let today = engine.now().date_naive();
    let by = Days::new(days.unsigned_abs());
    let day = if days < 0 { today.checked_sub_days(by) } else { today.checked_add_days(by) };
    day.context("no such day")
}
