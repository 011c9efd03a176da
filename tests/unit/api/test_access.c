/* Keys in headers, what a role reaches, and how many passwords are checked at once. What a caller gets to see, test_server.c asks
 * of every route. */
#include "api/access.h"
#include "base/error.h"

static void test_shown_key(void)
{
  static const struct {
    const char *x_api_key, *authorization, *shown;
  } rows[] = {
      {NULL, NULL, NULL},     {"", NULL, NULL},        {"a", NULL, "a"},          {"a", "Bearer b", "a"},
      {"", "Bearer b", "b"},  {NULL, "bearer b", "b"}, {NULL, "Bearer   b", "b"}, {NULL, "Bearer ", NULL},
      {NULL, "Bearer", NULL}, {NULL, "Basic b", NULL}, {NULL, "Bearerb", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(access_shown_key(rows[i].x_api_key, rows[i].authorization), ==, rows[i].shown);
}

static void test_roles(void)
{
  static const struct {
    bool has_role;
    Role role;
    Access most;
  } rows[] = {
      {true, ROLE_ADMIN, ACCESS_ADMIN},  {true, ROLE_OPERATOR, ACCESS_OPERATE}, {true, ROLE_VIEWER, ACCESS_READ},
      {false, ROLE_VIEWER, ACCESS_OPEN}, {false, ROLE_ADMIN, ACCESS_OPEN}, /* a worker's key, whatever else stands in it */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    for (Access access = ACCESS_OPEN; access <= ACCESS_ADMIN; access++)
      for (ActorKind kind = ACTOR_USER; kind <= ACTOR_KEY; kind++) {
        const Caller caller = {
            .kind = kind, .name = (char *)"it", .has_role = rows[i].has_role, .role = rows[i].role, .scope = SCOPE_WORKER};
        g_autoptr(GError) error = NULL;
        bool may = access_check(&caller, access, &error);
        g_assert_cmpint(may, ==, access <= rows[i].most);
        if (!may)
          g_assert_error(error, REEVE_ERROR, REEVE_ERROR_DENIED);
      }
}

typedef struct {
  LoginGate *gate;
  _Atomic int *inside, *most, *refused;
} Visitor;

static gpointer visit(gpointer data)
{
  const Visitor *visitor = data;
  for (int i = 0; i < 200; i++) {
    if (!login_gate_enter(visitor->gate)) {
      (*visitor->refused)++;
      continue;
    }
    int inside = ++*visitor->inside;
    if (inside > *visitor->most)
      *visitor->most = inside;
    g_thread_yield();
    --*visitor->inside;
    login_gate_leave(visitor->gate);
  }
  return NULL;
}

static void test_gate(void)
{
  enum { THREADS = 8 };
  _Atomic int inside = 0, most = 0, refused = 0;
  LoginGate *gate = login_gate_new();
  Visitor visitor = {gate, &inside, &most, &refused};
  GThread *threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    threads[i] = g_thread_new("visitor", visit, &visitor);
  for (int i = 0; i < THREADS; i++)
    g_thread_join(threads[i]);
  g_assert_cmpint(most, ==, 1);
  g_assert_cmpint(refused, <, THREADS * 200);
  /* Whoever was refused left no trace: the gate is empty. */
  g_assert_true(login_gate_enter(gate));
  login_gate_leave(gate);
  login_gate_free(gate);
}

/* RFC 7617: user, colon, password, in base64. */
static void test_basic_password(void)
{
  static const struct {
    const char *header, *wanted;
  } rows[] = {
      {"Basic c29uYXJyOnJlZXZlX2tleQ==", "reeve_key"}, /* sonarr:reeve_key */
      {"basic OmtleQ==", "key"},                       /* :key */
      {"Basic YTpiOmM=", "b:c"},                       /* a:b:c */
      {"Basic c29uYXJy", NULL},                        /* sonarr */
      {"Basic YTo=", NULL},                            /* a: */
      {"Basic YTpiAGM=", NULL},                        /* a NUL inside */
      {"Basic ", NULL},
      {"Bearer abc", NULL},
      {NULL, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *password = access_basic_password(rows[i].header);
    g_assert_cmpstr(password, ==, rows[i].wanted);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/access/shown-key", test_shown_key);
  g_test_add_func("/access/roles", test_roles);
  g_test_add_func("/access/basic-password", test_basic_password);
  g_test_add_func("/access/gate", test_gate);
  return g_test_run();
}
