/* The order in which rate limit, breaker and attempts act on a call: the breaker is asked first, as a turn that is not used is
 * lost to others; each attempt, repeated ones too, takes a turn and tells the breaker how it went. Test:
 * tests/unit/net/test_upstream.c */
#include "net/upstream.h"

enum { MAX_HOLD_MS = 3600 * 1000 };

static const Field fields[] = {
    FIELD_TEXT(UpstreamFigures, name, .help = "The service."),
    FIELD_ENUM(UpstreamFigures, breaker, breaker_state_table, .help = "Whether it is being asked at all."),
    FIELD_INT(UpstreamFigures, breaker_wait_ms, .help = "Until an open breaker lets a call through, in milliseconds."),
    FIELD_INT(UpstreamFigures, breaker_opened, .help = "How often the breaker opened since the start."),
    FIELD_INT(UpstreamFigures, failures_in_row, .help = "Failures since the last success."),
    FIELD_INT(UpstreamFigures, requests, .help = "Requests sent since the start, repeated ones included."),
    FIELD_INT(UpstreamFigures, failures, .help = "Requests that got no answer, or one that said the service had failed."),
    FIELD_INT(UpstreamFigures, repeats, .help = "Requests that were second or later attempts."),
    FIELD_INT(UpstreamFigures, throttled, .help = "Answers that asked us to slow down."),
    FIELD_INT(UpstreamFigures, refused, .help = "Calls that the breaker kept back."),
    FIELD_INT(UpstreamFigures, waited_ms, .help = "Time that calls waited for the rate limit, all together, in milliseconds."),
    FIELD_INT(UpstreamFigures, last_success_at_ms, .flags = FIELD_NULLABLE, .help = "When it last answered."),
    FIELD_INT(UpstreamFigures, last_failure_at_ms, .flags = FIELD_NULLABLE, .help = "When it last failed."),
    FIELD_TEXT(UpstreamFigures, last_failure, .help = "How it last failed."),
};
const FieldTable upstream_figures_table = FIELD_TABLE(UpstreamFigures, "UpstreamFigures", NULL, fields);

struct Upstream {
  HttpClient *client;
  const Clock *clock;
  RetryRule retry;
  RateLimit *rate, *retry_budget;
  Breaker *breaker;
  GMutex lock; /* guards figures, of which those of the breaker are filled in when they are asked for */
  UpstreamFigures figures;
};

Upstream *upstream_new(const UpstreamParams *params)
{
  Upstream *upstream = g_new0(Upstream, 1);
  upstream->client = params->client;
  upstream->clock = params->clock;
  upstream->retry = retry_rule_complete(params->retry);
  upstream->rate = rate_limit_new(params->rate);
  upstream->retry_budget = rate_limit_new((RateLimitRule){.interval_ms = RETRY_BUDGET_MS, .burst = RETRY_BUDGET});
  upstream->breaker = breaker_new(params->breaker);
  g_mutex_init(&upstream->lock);
  record_init(&upstream_figures_table, &upstream->figures);
  upstream->figures.name = (g_free(upstream->figures.name), g_strdup(params->name));
  return upstream;
}

void upstream_free(Upstream *upstream)
{
  if (!upstream)
    return;
  rate_limit_free(upstream->rate);
  rate_limit_free(upstream->retry_budget);
  breaker_free(upstream->breaker);
  record_clear(&upstream_figures_table, &upstream->figures);
  g_mutex_clear(&upstream->lock);
  g_free(upstream);
}

static const char *name_of(const Upstream *upstream)
{
  return upstream->figures.name; /* never changes */
}

static void add_to(Upstream *upstream, int64_t *figure, int64_t amount)
{
  g_mutex_lock(&upstream->lock);
  *figure += amount;
  g_mutex_unlock(&upstream->lock);
}

static void note_failure(Upstream *upstream, const char *words)
{
  g_mutex_lock(&upstream->lock);
  upstream->figures.failures++;
  upstream->figures.last_failure_at_ms = clock_now_ms(upstream->clock);
  upstream->figures.last_failure = (g_free(upstream->figures.last_failure), g_strdup(words));
  g_mutex_unlock(&upstream->lock);
}

static void note_success(Upstream *upstream)
{
  g_mutex_lock(&upstream->lock);
  upstream->figures.last_success_at_ms = clock_now_ms(upstream->clock);
  g_mutex_unlock(&upstream->lock);
}

static bool wait_ms(Cancel *cancel, int64_t ms, GError **error)
{
  if (ms > 0)
    cancel_wait(cancel, (int)MIN(ms, G_MAXINT));
  return cancel_check(cancel, error);
}

static bool wait_for_turn(Upstream *upstream, Cancel *cancel, GError **error)
{
  int64_t turn_ms = 0;
  if (!rate_limit_reserve(upstream->rate, clock_monotonic_ms(upstream->clock), upstream->retry.max_wait_ms, &turn_ms))
    return fail(error, REEVE_ERROR_UNAVAILABLE,
                "%s is being asked as often as it allows; the next turn is in %.3g s. Try again then.", name_of(upstream),
                (double)turn_ms / 1000);
  if (!wait_ms(cancel, turn_ms, error)) {
    rate_limit_give_back(upstream->rate);
    return false;
  }
  add_to(upstream, &upstream->figures.waited_ms, turn_ms);
  return true;
}

static bool enter(Upstream *upstream, BreakerPass *ret_pass, GError **error)
{
  int64_t left_ms = 0;
  if (breaker_enter(upstream->breaker, clock_monotonic_ms(upstream->clock), ret_pass, &left_ms))
    return true;
  g_mutex_lock(&upstream->lock);
  upstream->figures.refused++;
  g_autofree char *words = g_strdup(upstream->figures.last_failure);
  g_mutex_unlock(&upstream->lock);
  return fail(
      error, REEVE_ERROR_UNAVAILABLE,
      "%s is left alone for now, because it failed several times in a row; it is asked again in %d s. The last failure: %s",
      name_of(upstream), (int)((left_ms + 999) / 1000), words);
}

/* How one attempt ended. */
typedef struct {
  int status; /* 0: no answer */
  ReeveErrorCode code;
  int64_t retry_after_ms; /* -1: it did not say */
} Outcome;

/* The error that an answer amounts to when there will be no further attempt. */
static bool fail_status(const Upstream *upstream, const Outcome *outcome, GError **error)
{
  const char *name = name_of(upstream);
  bool busy = outcome->status == 429 || outcome->status == 503;
  if (busy && outcome->retry_after_ms > 0)
    return fail(error, REEVE_ERROR_UNAVAILABLE, "%s is too busy (%d) and asks to be left alone for %d s. Try again then.", name,
                outcome->status, (int)((outcome->retry_after_ms + 999) / 1000));
  if (busy)
    return fail(error, REEVE_ERROR_UNAVAILABLE, "%s is too busy (%d). Try again later.", name, outcome->status);
  return fail(error, REEVE_ERROR_UPSTREAM, "%s failed: it answered with status %d. Look at its log, or try again later.", name,
              outcome->status);
}

/* Whether the outcome says that the service is in trouble, that it is well, or nothing about it. */
static void tell_breaker(Upstream *upstream, BreakerPass pass, const Outcome *outcome, const char *words)
{
  static const ReeveErrorCode troubles[] = {REEVE_ERROR_UNAVAILABLE, REEVE_ERROR_TIMEOUT, REEVE_ERROR_UPSTREAM};
  bool trouble = outcome->status >= 500;
  for (size_t i = 0; !outcome->status && i < G_N_ELEMENTS(troubles); i++)
    trouble = trouble || outcome->code == troubles[i];
  if (trouble) {
    breaker_failed(upstream->breaker, pass, clock_monotonic_ms(upstream->clock));
    note_failure(upstream, words);
  } else if (outcome->status) {
    breaker_succeeded(upstream->breaker, pass);
    note_success(upstream);
  } else {
    breaker_abandoned(upstream->breaker, pass);
  }
}

static void heed_retry_after(Upstream *upstream, const HttpResponse *response, Outcome *outcome)
{
  const char *value = http_response_header(response, "Retry-After");
  if (response->status == 429)
    add_to(upstream, &upstream->figures.throttled, 1);
  if ((response->status != 429 && response->status != 503) || !value ||
      !retry_after_parse(value, clock_now_ms(upstream->clock), &outcome->retry_after_ms))
    return;
  rate_limit_hold(upstream->rate, clock_monotonic_ms(upstream->clock), MIN(outcome->retry_after_ms, MAX_HOLD_MS));
}

/* One attempt. *ret_outcome is always set; false with the error that stands if there is no further attempt. */
static bool attempt_once(Upstream *upstream, const HttpRequest *request, Cancel *cancel, HttpResponse *ret_response,
                         Outcome *ret_outcome, GError **error)
{
  *ret_outcome = (Outcome){.code = REEVE_ERROR_CANCELLED, .retry_after_ms = -1};
  BreakerPass pass;
  g_autoptr(GError) problem = NULL;
  if (!enter(upstream, &pass, &problem)) {
    /* Asking the breaker again at once gives the same. */
    ret_outcome->code = REEVE_ERROR_CONFLICT;
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  g_auto(HttpResponse) response = {0};
  bool answered = false;
  if (wait_for_turn(upstream, cancel, &problem)) {
    add_to(upstream, &upstream->figures.requests, 1);
    answered = http_send(upstream->client, request, cancel, &response, &problem);
    ret_outcome->code = answered ? REEVE_ERROR_UPSTREAM : reeve_error_code(problem);
  } else {
    ret_outcome->code = REEVE_ERROR_CANCELLED;
  }
  ret_outcome->status = response.status;
  if (answered) {
    heed_retry_after(upstream, &response, ret_outcome);
    if (retry_judge(request->method, response.status, 0) != RETRY_DONE)
      fail_status(upstream, ret_outcome, &problem);
  }
  tell_breaker(upstream, pass, ret_outcome, problem ? problem->message : "");
  if (problem) {
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
  }
  *ret_response = response;
  response = (HttpResponse){0};
  return true;
}

/* Whether there is to be another attempt, and after what pause. */
static bool may_repeat(Upstream *upstream, HttpMethod method, int attempt, const Outcome *outcome, int64_t *ret_pause_ms)
{
  if (attempt >= upstream->retry.attempts || retry_judge(method, outcome->status, outcome->code) != RETRY_LATER ||
      outcome->retry_after_ms > upstream->retry.max_wait_ms)
    return false;
  int64_t unused_ms = 0;
  if (!rate_limit_reserve(upstream->retry_budget, clock_monotonic_ms(upstream->clock), 0, &unused_ms))
    return false;
  /* The rate limit holds everyone for as long as the service asked. */
  *ret_pause_ms = outcome->retry_after_ms > 0 ? 0 : retry_delay_ms(&upstream->retry, attempt, g_random_int());
  return true;
}

bool upstream_send(Upstream *upstream, const HttpRequest *request, Cancel *cancel, HttpResponse *ret_response, GError **error)
{
  for (int attempt = 1;; attempt++) {
    Outcome outcome;
    g_autoptr(GError) problem = NULL;
    if (attempt_once(upstream, request, cancel, ret_response, &outcome, &problem))
      return true;
    int64_t pause_ms = 0;
    if (!may_repeat(upstream, request->method, attempt, &outcome, &pause_ms)) {
      g_propagate_error(error, g_steal_pointer(&problem));
      return false;
    }
    g_info("%s Attempt %d of %d follows.", problem->message, attempt + 1, upstream->retry.attempts);
    if (!wait_ms(cancel, pause_ms, error))
      return false;
    add_to(upstream, &upstream->figures.repeats, 1);
  }
}

bool upstream_check(const Upstream *upstream, const HttpResponse *response, GError **error)
{
  int status = response->status;
  const char *name = name_of(upstream);
  if (status >= 200 && status < 300)
    return true;
  if (status == 401 || status == 403)
    return fail(error, REEVE_ERROR_DENIED, "%s refused the credential (%d). Check the key in the settings.", name, status);
  if (status == 404 || status == 410)
    return fail(error, REEVE_ERROR_NOT_FOUND, "%s has no such thing (%d).", name, status);
  return fail(error, REEVE_ERROR_UPSTREAM, "%s did not accept the request: it answered with status %d.", name, status);
}

void upstream_figures(Upstream *upstream, UpstreamFigures *ret_figures)
{
  BreakerFigures breaker = breaker_figures(upstream->breaker, clock_monotonic_ms(upstream->clock));
  g_mutex_lock(&upstream->lock);
  upstream->figures.breaker = (int)breaker.state;
  upstream->figures.breaker_wait_ms = breaker.wait_ms;
  upstream->figures.breaker_opened = breaker.opened;
  upstream->figures.failures_in_row = breaker.failures;
  record_copy(&upstream_figures_table, &upstream->figures, ret_figures);
  g_mutex_unlock(&upstream->lock);
}
