"""The statements that move money, each whole: a run, its round and its days change together and are asked for once.

Both say whether there is any budget of a month. That is true of the moment the day is booked: a statement that adds to days waits for
whoever makes a budget before it begins to read.
"""

from evaluations.services.budgets import COLUMNS, TO_DAYS, TODAY

# What is set aside is the most that the calls can take. Run, round and day are locked in this order; who is refused rolls back.
_SET_ASIDE = {f"reserved_{unit}": f"%({unit})s" for unit in ("money", "tokens", "calls")}
_ASIDE = ", ".join(_SET_ASIDE.get(name, "0") for name in COLUMNS)
_TODAY = f"SELECT led.id, {TODAY}, %(currency)s::text, 0, {_ASIDE} FROM led WHERE %(counted)s"
RESERVE = f"""
WITH led AS (
    UPDATE evaluations_run SET reserved = reserved + %(units)s, calls = calls + %(started)s
    WHERE id = %(run)s AND state = 'running' AND cancel_requested_at IS NULL AND chain_token = %(token)s
        AND (cap IS NULL OR settled + reserved + unknown + %(units)s <= cap)
    RETURNING id
), shared AS (
    UPDATE evaluations_round AS round SET reserved = round.reserved + %(units)s
    FROM led
    WHERE round.id = %(round)s AND (cap IS NULL OR settled + reserved + unknown + %(units)s <= cap)
    RETURNING round.id
), booked AS ({TO_DAYS % _TODAY})
SELECT EXISTS (SELECT FROM led), EXISTS (SELECT FROM shared), (SELECT day FROM booked), EXISTS (SELECT FROM evaluations_budget)
"""

# What calls that ended on a day add to it: out of where their most was kept, into where they ended.
_MOST = {"money": "highest_cost", "tokens": "highest_tokens", "calls": "1"}
_TOOK = {"money": "money", "tokens": "tokens", "calls": "1"}
_MOVES = {
    **{f"settled_{unit}": f"sum({took}) FILTER (WHERE becomes = 'settled')" for unit, took in _TOOK.items()},
    **{f"reserved_{unit}": f"-sum({most}) FILTER (WHERE was = 'intent')" for unit, most in _MOST.items()},
    **{
        f"unknown_{unit}": f"sum(CASE WHEN becomes = 'unknown' THEN {most} WHEN was = 'unknown' THEN -{most} END)"
        for unit, most in _MOST.items()
    },
}
_PER_DAY = ", ".join(f"COALESCE({_MOVES[name]}, 0) AS {name}" for name in COLUMNS)
_SUMS = "settled = {0}.settled + sums.settled, reserved = {0}.reserved + sums.reserved, unknown = {0}.unknown + sums.unknown"
SETTLE = f"""
WITH moved AS MATERIALIZED (
    SELECT call.id, call.day, call.state AS was, call.highest, call.highest_cost, call.highest_tokens, ended.state AS becomes,
        LEAST(ended.units, call.highest) AS units, ended.money, ended.tokens, ended.error_class, ended.request
    FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(units)s::numeric[], %(money)s::numeric[], %(tokens)s::bigint[],
        %(errors)s::text[], %(requests)s::text[]) AS ended(id, state, units, money, tokens, error_class, request)
    JOIN evaluations_callledger AS call ON call.id = ended.id
    WHERE call.state = 'intent' OR call.state = 'unknown' AND ended.state <> 'unknown'
    FOR UPDATE OF call
), written AS (
    UPDATE evaluations_callledger AS call
    SET state = moved.becomes, actual = CASE WHEN moved.becomes = 'settled' THEN moved.units END, cost = moved.money,
        error_class = moved.error_class, provider_request = moved.request, ended_at = clock_timestamp()
    FROM moved WHERE call.id = moved.id
), sums AS (
    SELECT COALESCE(sum(units) FILTER (WHERE becomes = 'settled'), 0) AS settled,
        COALESCE(-sum(highest) FILTER (WHERE was = 'intent'), 0) AS reserved,
        COALESCE(sum(CASE WHEN becomes = 'unknown' THEN highest WHEN was = 'unknown' THEN -highest END), 0) AS unknown,
        sum(money) FILTER (WHERE becomes = 'settled') AS money, count(*) FILTER (WHERE becomes = 'unknown') AS lost
    FROM moved
), run AS (
    UPDATE evaluations_run AS run
    SET {_SUMS.format("run")}, calls_unknown = run.calls_unknown + sums.lost, done = run.done + %(done)s, failed = run.failed + %(failed)s,
        cost = CASE WHEN sums.money IS NULL THEN run.cost ELSE COALESCE(run.cost, 0) + sums.money END
    FROM sums WHERE run.id = %(run)s
), round AS (
    UPDATE evaluations_round AS round SET {_SUMS.format("round")} FROM sums WHERE round.id = %(round)s
), days AS (
    SELECT day, COALESCE(count(*) FILTER (WHERE becomes = 'settled' AND money IS NULL), 0) AS unpriced_calls, {_PER_DAY}
    FROM moved WHERE day IS NOT NULL GROUP BY day
), booked AS ({TO_DAYS % f"SELECT %(run)s, day, '', unpriced_calls, {', '.join(COLUMNS)} FROM days ORDER BY day"})
SELECT EXISTS (SELECT FROM evaluations_budget), day, {", ".join(COLUMNS)} FROM days ORDER BY day
"""
