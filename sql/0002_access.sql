-- Who is signed in, who may set the server up, who tried too often, and what administrators did.

-- Only a hash of the cookie is kept: whoever reads this table cannot sign in with it.
CREATE TABLE sessions (
  id {{id}},
  user_id {{int}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash {{text}} NOT NULL UNIQUE,
  address {{text}} NOT NULL,
  agent {{text}} NOT NULL,
  created_at_ms {{int}} NOT NULL,
  used_at_ms {{int}} NOT NULL,
  expires_at_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX sessions_of_user ON sessions (user_id);

-- Each server that starts without users prints a link of its own; the first that is used ends all.
CREATE TABLE setup_tokens (
  hash {{text}} PRIMARY KEY,
  expires_at_ms {{int}} NOT NULL
){{strict}};

-- Attempts to sign in that have not succeeded: of an address, and of a name from an address.
CREATE TABLE login_failures (
  subject {{text}} PRIMARY KEY,
  failures {{int}} NOT NULL,
  last_at_ms {{int}} NOT NULL,
  blocked_until_ms {{int}} NOT NULL
){{strict}};
CREATE INDEX login_failures_by_time ON login_failures (last_at_ms);

-- Refers to nobody's row: what was done stays known when its doer is gone.
CREATE TABLE audit (
  id {{id}},
  at_ms {{int}} NOT NULL,
  actor_kind {{text}} NOT NULL,
  actor_id {{int}},
  actor {{text}} NOT NULL,
  address {{text}} NOT NULL,
  action {{text}} NOT NULL,
  target {{text}} NOT NULL,
  status {{int}} NOT NULL,
  request {{text}} NOT NULL,
  detail {{text}}
){{strict}};
CREATE INDEX audit_by_time ON audit (at_ms, id);
