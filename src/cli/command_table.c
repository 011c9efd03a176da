/* All commands, by subject, in the order of the help. */
#include "cli/commands.h"

const CommandSet *const *command_sets(size_t *ret_n)
{
  static const CommandSet *const sets[] = {
      &scan_commands,     &probe_commands,    &check_commands,  &plan_commands,   &predict_commands,  &encode_commands,
      &audio_commands,    &parse_commands,    &judge_commands,  &name_commands,   &job_commands,      &governor_commands,
      &schedule_commands, &history_commands,  &root_commands,   &serve_commands,  &settings_commands, &backup_commands,
      &admin_commands,    &database_commands, &doctor_commands, &access_commands, &help_commands};
  *ret_n = G_N_ELEMENTS(sets);
  return sets;
}
