"""A run's life, one module per step, in the order of the state machine.

    starting     the trigger  an upload becomes an execution
    opening      PrepareRun   an input becomes a run that holds its day: `claiming` decides whether it may,
                              `resuming` what it goes on from, `replacing` what it would replace
    planning     InspectFile  the file's bytes become plan.json
    stopping     StopJobs     the attempt's Glue runs, until they are over
    closing      CloseRun     the outcome of a run that did not end by itself: `ending` names it,
                              `checkpointing` writes it down, from the `evidence` that S3 holds
    finishing    FinishRun    a published day's last steps; `announcing` words them
    publishing   the output job, and whoever finishes its work
    watching     the watchdog, every five minutes
    waiting      a newer version of a file whose day is busy
    telling      alerts to SNS; `relaying` hands them on to Slack
    alarming     CloudWatch's alarms become alerts, where none said it already

Each step is a class whose fields are the ports and values that it needs, so that what a function may touch is
read in one place; what decides is a plain function without any. `lambdas/context.py` puts them together.
"""
