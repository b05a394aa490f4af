"""Days with a cause planted in them, and days without: do the rules name what is true, and nothing else?

Written from the promise alone ("the probable cause, by rules with their evidence"), by somebody who had not
seen the rules; `truth` says in plain Python what that promise holds to be true of a day.
"""
