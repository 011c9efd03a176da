/* Walks every state of a swap that its own steps, crashes in the middle of them, and another program's writes can bring about, on
 * every kind of file system, and holds each state to the invariants of library/replace.h. */
#include "library/replace_swap.h"

/* A model file system: each place holds the number of a file. */
typedef enum { NO_FILE, SOURCE, STAGED, COPY, STRANGER } File;

typedef struct {
  guint8 at[N_PLACES];
  bool is_trash_ready;
  bool is_source_changed; /* somebody wrote to it */
  bool is_source_gone;    /* somebody replaced it while no other name held it: not ours to save */
  bool is_staged_broken;  /* a disk that lied about fsync */
  guint8 strangers;       /* events used up */
  guint8 breaks;
} World;

typedef struct {
  bool same_name, aliased, keeps, elsewhere, exchange, link;
  bool torn_moves; /* a rename to a free name is link and unlink */
  SwapDirection direction;
} Rules;

typedef struct {
  Rules rules;
  GHashTable *seen; /* World as GBytes */
  guint states, done, undone, stuck;
} Walk;

static bool exists(const World *world, File file)
{
  for (int place = 0; place < N_PLACES; place++)
    if (world->at[place] == file)
      return true;
  return false;
}

static Occupant occupant(const World *world, Place place)
{
  switch ((File)world->at[place]) {
  case NO_FILE:
    return HOLDS_NOTHING;
  case SOURCE:
    return world->is_source_changed ? HOLDS_CHANGED : HOLDS_SOURCE;
  case STAGED:
    return world->is_staged_broken ? HOLDS_BROKEN : HOLDS_STAGED;
  case COPY:
    return HOLDS_SOURCE;
  default:
    return HOLDS_OTHER;
  }
}

static SwapLook look_at(const Rules *rules, const World *world)
{
  SwapLook look = {
      .same_name = rules->same_name,
      .aliased = rules->aliased && world->at[PLACE_LIBRARY] != NO_FILE,
      .keeps_original = rules->keeps,
      .trash_elsewhere = rules->keeps && rules->elsewhere,
      .trash_ready = world->is_trash_ready,
      .can_exchange = rules->exchange,
      .can_link = rules->link,
  };
  for (int place = 0; place < N_PLACES; place++)
    look.at[place] = occupant(world, place);
  return look;
}

static bool is_link_of_other_name(const World *world, Place place)
{
  for (int other = 0; other < N_PLACES; other++)
    if (other != (int)place && world->at[other] == world->at[place])
      return true;
  return false;
}

/* Takes a step, with the preconditions that the system calls have. */
static World take(const Rules *rules, const World *before, SwapStep step)
{
  World world = *before;
  guint8 from = world.at[step.from], to = world.at[step.to];
  switch (step.kind) {
  case STEP_MAKE_TRASH:
    g_assert_true(rules->keeps && !world.is_trash_ready);
    world.is_trash_ready = true;
    break;
  case STEP_COPY:
    g_assert_cmpint(from, !=, NO_FILE);
    g_assert_cmpint(to, ==, NO_FILE);
    g_assert_true(from == SOURCE || from == COPY);
    world.at[step.to] = COPY;
    break;
  case STEP_LINK:
    g_assert_true(rules->link);
    g_assert_cmpint(to, ==, NO_FILE);
    world.at[step.to] = from;
    break;
  case STEP_EXCHANGE:
    g_assert_true(rules->exchange);
    g_assert_true(from != NO_FILE && to != NO_FILE);
    world.at[step.from] = to;
    world.at[step.to] = from;
    break;
  case STEP_MOVE:
    g_assert_cmpint(from, !=, NO_FILE);
    g_assert_cmpint(to, ==, NO_FILE);
    /* On a case-insensitive directory the two names exclude each other. */
    g_assert_false(rules->aliased && step.to == PLACE_TARGET && world.at[PLACE_LIBRARY] != NO_FILE);
    world.at[step.from] = NO_FILE;
    world.at[step.to] = from;
    break;
  case STEP_MOVE_OVER:
    g_assert_cmpint(from, !=, NO_FILE);
    world.at[step.from] = NO_FILE;
    world.at[step.to] = from;
    break;
  case STEP_REMOVE:
    g_assert_cmpint(from, !=, NO_FILE);
    world.at[step.from] = NO_FILE;
    break;
  default:
    g_assert_not_reached();
  }
  if (step.kind != STEP_MAKE_TRASH && step.kind != STEP_REMOVE && (step.to == PLACE_TRASH || step.from == PLACE_TRASH)) {
    g_assert_true(world.is_trash_ready);
    g_assert_true(!rules->elsewhere || step.kind == STEP_COPY); /* no rename or link across file systems */
  }
  return world;
}

static void describe(const Rules *rules, const World *world, SwapStep step)
{
  static const char *const files[] = {"-", "source", "staged", "copy", "stranger"};
  g_test_message("same %d aliased %d keeps %d elsewhere %d exchange %d link %d torn %d back %d | library %s target %s stage %s "
                 "old %s trash %s | ready %d changed %d gone %d broken %d | step %d %d->%d %s",
                 rules->same_name, rules->aliased, rules->keeps, rules->elsewhere, rules->exchange, rules->link,
                 rules->torn_moves, rules->direction, files[world->at[0]], files[world->at[1]], files[world->at[2]],
                 files[world->at[3]], files[world->at[4]], world->is_trash_ready, world->is_source_changed, world->is_source_gone,
                 world->is_staged_broken, (int)step.kind, (int)step.from, (int)step.to, step.why ? step.why : "");
}

#define EXPECT(condition)                                                                                                        \
  do {                                                                                                                           \
    if (!(condition)) {                                                                                                          \
      describe(rules, world, step);                                                                                              \
      g_error("Broken: %s", #condition);                                                                                         \
    }                                                                                                                            \
  } while (0)

/* What holds between any two system calls. */
static void check_always(const Rules *rules, const World *world, SwapStep step)
{
  /* R1: the original's bytes are somewhere. */
  EXPECT(world->is_source_gone || exists(world, SOURCE) || exists(world, COPY));
  /* R4: so are a stranger's. */
  EXPECT(!world->strangers || world->is_source_changed || exists(world, STRANGER));
  /* A good file has a name in the library, where the file system allows. */
  if (rules->same_name && (rules->exchange || rules->link) && !rules->torn_moves && !world->breaks)
    EXPECT(world->at[PLACE_LIBRARY] != NO_FILE);
}

/* What the stage directory holds is removed with it once the swap is over. */
static void check_end(const Rules *rules, const World *world, SwapStep step)
{
  Place target = rules->same_name ? PLACE_LIBRARY : PLACE_TARGET;
  if (step.kind == STEP_STUCK) {
    EXPECT(world->strangers || world->breaks);
    return;
  }
  EXPECT(world->at[PLACE_STAGE] != STRANGER && world->at[PLACE_OLD] != STRANGER);
  if (rules->keeps && !world->is_source_gone)
    for (Place place = PLACE_STAGE; place <= PLACE_OLD; place++)
      EXPECT(world->at[place] != SOURCE || world->at[PLACE_TRASH] == COPY || is_link_of_other_name(world, place));
  if (step.kind == STEP_DONE) {
    EXPECT(rules->direction == SWAP_FORWARD && !world->is_staged_broken);
    EXPECT(world->at[target] == STAGED);
    EXPECT(rules->same_name || world->at[PLACE_LIBRARY] == NO_FILE || world->at[PLACE_LIBRARY] == STRANGER);
    EXPECT(!rules->keeps || world->is_source_gone || world->at[PLACE_TRASH] == (rules->elsewhere ? COPY : SOURCE));
    return;
  }
  /* Undone: exactly one good file, the original or a stranger's, and nothing of ours beside it. */
  EXPECT(rules->same_name || world->at[PLACE_TARGET] != STAGED);
  File library = world->at[PLACE_LIBRARY];
  EXPECT(library == SOURCE || library == STRANGER || (library == COPY && !exists(world, SOURCE)) ||
         (library == NO_FILE && world->is_source_gone));
  EXPECT(library == STRANGER || world->at[PLACE_TRASH] == NO_FILE);
}

static void visit(Walk *walk, World world);

static void strangers_act(Walk *walk, const World *world)
{
  if (!world->strangers) {
    World replaced = *world; /* by rename, as a download client does */
    replaced.is_source_gone |= replaced.at[PLACE_LIBRARY] == SOURCE && !is_link_of_other_name(world, PLACE_LIBRARY);
    if (replaced.at[PLACE_LIBRARY] == SOURCE || replaced.at[PLACE_LIBRARY] == NO_FILE) {
      replaced.at[PLACE_LIBRARY] = STRANGER;
      replaced.strangers = 1;
      visit(walk, replaced);
    }
    World written = *world; /* in place, through any name */
    if (exists(world, SOURCE)) {
      written.is_source_changed = true;
      written.strangers = 1;
      visit(walk, written);
    }
    World taken = *world;
    if (!walk->rules.same_name && !walk->rules.aliased && taken.at[PLACE_TARGET] == NO_FILE) {
      taken.at[PLACE_TARGET] = STRANGER;
      taken.strangers = 1;
      visit(walk, taken);
    }
  }
  if (!world->breaks && !world->is_staged_broken) {
    World broken = *world;
    broken.is_staged_broken = true;
    broken.breaks = 1;
    visit(walk, broken);
    World lost = *world;
    lost.breaks = 1;
    for (int place = 0; place < N_PLACES; place++)
      if (lost.at[place] == STAGED)
        lost.at[place] = NO_FILE;
    visit(walk, lost);
  }
}

static void visit(Walk *walk, World world)
{
  const Rules *rules = &walk->rules;
  GBytes *key = g_bytes_new(&world, sizeof world);
  if (!g_hash_table_add(walk->seen, key))
    return;
  walk->states++;
  SwapLook look = look_at(rules, &world);
  SwapStep step = swap_next_step(&look, rules->direction);
  check_always(rules, &world, step);
  if (step.kind <= STEP_STUCK) {
    check_end(rules, &world, step);
    walk->done += step.kind == STEP_DONE;
    walk->undone += step.kind == STEP_UNDONE;
    walk->stuck += step.kind == STEP_STUCK;
  }
  strangers_act(walk, &world);
  if (step.kind <= STEP_STUCK)
    return;
  World after = take(rules, &world, step);
  if (step.kind == STEP_MOVE && rules->torn_moves && rules->link) {
    World torn = after;
    torn.at[step.from] = world.at[step.from];
    visit(walk, torn);
  }
  visit(walk, after);
}

/* From each state, steps alone come to an end. */
static void check_ends(const Rules *rules, World world)
{
  for (int i = 0; i < 12; i++) {
    SwapLook look = look_at(rules, &world);
    SwapStep step = swap_next_step(&look, rules->direction);
    if (step.kind <= STEP_STUCK)
      return;
    world = take(rules, &world, step);
  }
  g_error("A swap does not end.");
}

static Rules rules_of(guint bits)
{
  return (Rules){
      .same_name = bits & 1,
      .aliased = (bits & 2) && !(bits & 1),
      .keeps = bits & 4,
      .elsewhere = (bits & 8) && (bits & 4),
      .exchange = bits & 16,
      .link = bits & 32,
      .torn_moves = bits & 64,
      .direction = bits & 128 ? SWAP_BACK : SWAP_FORWARD,
  };
}

static void test_all_states(void)
{
  guint states = 0, done = 0, undone = 0, stuck = 0;
  for (guint bits = 0; bits < 256; bits++) {
    World start;
    memset(&start, 0, sizeof start);
    start.at[PLACE_LIBRARY] = SOURCE;
    start.at[PLACE_STAGE] = STAGED;
    Walk walk = {.rules = rules_of(bits)};
    walk.seen = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    visit(&walk, start);
    GHashTableIter iter;
    void *key;
    g_hash_table_iter_init(&iter, walk.seen);
    while (g_hash_table_iter_next(&iter, &key, NULL))
      check_ends(&walk.rules, *(const World *)g_bytes_get_data(key, NULL));
    g_hash_table_unref(walk.seen);
    states += walk.states, done += walk.done, undone += walk.undone, stuck += walk.stuck;
  }
  g_test_message("%u states: %u done, %u undone, %u stuck", states, done, undone, stuck);
  g_assert_cmpuint(done, >, 0);
  g_assert_cmpuint(undone, >, 0);
}

/* From each state that going forward passes, giving up puts the original back until the new file has the name. */
static void test_undisturbed(void)
{
  for (guint bits = 0; bits < 128; bits++) {
    Rules rules = rules_of(bits);
    World world;
    memset(&world, 0, sizeof world);
    world.at[PLACE_LIBRARY] = SOURCE;
    world.at[PLACE_STAGE] = STAGED;
    for (;;) {
      SwapLook look = look_at(&rules, &world);
      SwapStep step = swap_next_step(&look, SWAP_FORWARD);
      if (step.kind <= STEP_STUCK) {
        g_assert_cmpint(step.kind, ==, STEP_DONE);
        break;
      }
      world = take(&rules, &world, step);
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/replace/step/all-states", test_all_states);
  g_test_add_func("/replace/step/undisturbed", test_undisturbed);
  return g_test_run();
}
