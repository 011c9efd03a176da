/* Decides how many runners count. Test: tests/system/chunks.test.ts */
#include "operate/capacity.h"

#include <string.h>

static int64_t runners_of(const GovernorState *state)
{
  int64_t runners = 0;
  for (guint i = 0; state->slots && i < state->slots->len; i++) {
    const WorkerSlots *slots = state->slots->pdata[i];
    if (strcmp(slots->kind, "transcode") == 0)
      runners += slots->slots;
  }
  return state->ruling.slots == FIELD_NULL_INT ? runners : MIN(runners, state->ruling.slots);
}

void capacity_read(DbConn *conn, Warden *own, Agent *agent, int64_t now_ms, ChunkCapacity *ret_capacity)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(GPtrArray) states = governor_states(conn, own, now_ms, &why);
  int64_t runners = 0, servers = 0;
  if (!states)
    g_info("Only this process's own runners are counted: %s", why->message);
  for (guint i = 0; states && i < states->len; i++) {
    int64_t its = runners_of(states->pdata[i]);
    runners += its;
    servers += its > 0;
  }
  /* A command that works in a server's place reports nothing. */
  int here = agent ? agent_slots(agent, "transcode") : 1;
  ret_capacity->servers = (int)MAX(servers, 1);
  ret_capacity->runners = (int)MAX(MAX(runners, here), 1);
  ret_capacity->cores = (int)g_get_num_processors();
}
