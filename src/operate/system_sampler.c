/* Decides how often the machine is looked at. Processors and memory never make one wait; disks may, so they have a thread of
 * their own. Test: tests/unit/operate/test_system_sampler.c */
#include "operate/system_sampler.h"

#include "store/record_sql.h"
#include "store/root.h"
#include "sys/cancel.h"
#include "sys/fs.h"
#include "sys/gpu.h"
#include "sys/load.h"
#include "sys/sensor.h"

#include <math.h>

enum { LOAD_EVERY_MS = 2000, DISKS_EVERY_MS = 5000 };

static const Field disk_use_fields[] = {
    FIELD_INT(DiskUse, root_id, .help = "Number of the root that is on it."),
    FIELD_TEXT(DiskUse, name, .help = "Name of the root."),
    FIELD_TEXT(DiskUse, path, .format = "path", .help = "Path of the root."),
    FIELD_INT(DiskUse, free_bytes, .flags = FIELD_NULLABLE, .help = "Free bytes of its file system; null: not known."),
    FIELD_INT(DiskUse, total_bytes, .flags = FIELD_NULLABLE, .help = "Size of its file system in bytes; null: not known."),
    FIELD_BOOL(DiskUse, read_only, .help = "Whether it is mounted so that nothing can be written."),
    FIELD_TEXT(DiskUse, error, .flags = FIELD_NULLABLE, .help = "Why it could not be looked at."),
    FIELD_INT(DiskUse, sampled_at_ms, .help = "When it was looked at, in ms since 1970."),
};
static const FieldTable disk_use_table = FIELD_TABLE(DiskUse, "DiskUse", NULL, disk_use_fields);

static const Field system_use_fields[] = {
    FIELD_INT(SystemUse, sampled_at_ms, .help = "When processors and memory were looked at, in ms since 1970."),
    FIELD_INT(SystemUse, processors, .help = "Processors that there are."),
    FIELD_REAL(SystemUse, cpu_percent, .flags = FIELD_NULLABLE,
               .help = "Per cent of all processors that was busy of late; null in the first seconds."),
    FIELD_REAL(SystemUse, others_percent, .flags = FIELD_NULLABLE,
               .help = "The same without what this server and its encoders took."),
    FIELD_REAL(SystemUse, pressure_cpu_percent, .flags = FIELD_NULLABLE,
               .help = "Per cent of the last ten seconds in which something waited for a processor."),
    FIELD_REAL(SystemUse, pressure_io_percent, .flags = FIELD_NULLABLE,
               .help = "Per cent of the last ten seconds in which something waited for a disk."),
    FIELD_REAL(SystemUse, pressure_memory_percent, .flags = FIELD_NULLABLE,
               .help = "Per cent of the last ten seconds in which something waited for memory."),
    FIELD_REAL(SystemUse, celsius, .flags = FIELD_NULLABLE, .help = "Temperature of the hottest sensor of the processors."),
    FIELD_REAL(SystemUse, gpu_percent, .flags = FIELD_NULLABLE,
               .help = "Per cent of the busiest graphics processor that was busy of late."),
    FIELD_REAL(SystemUse, gpu_celsius, .flags = FIELD_NULLABLE, .help = "Temperature of the hottest graphics processor."),
    FIELD_REAL(SystemUse, load_1, .flags = FIELD_NULLABLE, .help = "Load average of a minute."),
    FIELD_REAL(SystemUse, load_5, .flags = FIELD_NULLABLE, .help = "Load average of five minutes."),
    FIELD_REAL(SystemUse, load_15, .flags = FIELD_NULLABLE, .help = "Load average of a quarter of an hour."),
    FIELD_INT(SystemUse, memory_total_bytes, .flags = FIELD_NULLABLE, .help = "Memory of the machine in bytes."),
    FIELD_INT(SystemUse, memory_available_bytes, .flags = FIELD_NULLABLE,
              .help = "Memory in bytes that can be had without swapping."),
    FIELD_INT(SystemUse, resident_bytes, .help = "Memory in bytes that this server takes."),
    FIELD_RECORDS(SystemUse, disks, disk_use_table, .help = "The file systems of the roots."),
};
const FieldTable system_use_table = FIELD_TABLE(SystemUse, "SystemUse", NULL, system_use_fields);

struct SystemSampler {
  Db *db;
  const Clock *clock;
  Cancel *stop;
  GThread *load_thread, *disk_thread;
  Gpus *gpus; /* the load's thread's; NULL: none */
  GMutex lock;
  SystemUse use; /* guarded by lock */
};

/* What must be known of the look before. */
typedef struct {
  bool known, own_known;
  CpuTimes times;
  int64_t own;
} Before;

static void sample_processors(SystemUse *now, Before *before)
{
  CpuTimes times;
  int64_t own;
  bool known = load_read_cpu(&times), own_known = load_read_own(&own);
  if (known && before->known)
    now->cpu_percent = load_cpu_percent(&before->times, &times);
  if (known && before->known && own_known && before->own_known)
    now->others_percent = load_others_percent(&before->times, &times, own - before->own);
  *before = (Before){.known = known, .own_known = own_known};
  if (known)
    before->times = times;
  if (own_known)
    before->own = own;
}

static void sample_sensors(SystemSampler *sampler, SystemUse *now)
{
  double value;
  if (load_read_pressure("cpu", &value))
    now->pressure_cpu_percent = value;
  if (load_read_pressure("io", &value))
    now->pressure_io_percent = value;
  if (load_read_pressure("memory", &value))
    now->pressure_memory_percent = value;
  if (sensor_read_processors(SENSOR_DIRECTORY, &value))
    now->celsius = value;
  if (sampler->gpus) {
    GpuUse use = gpus_read(sampler->gpus);
    now->gpu_percent = use.use_percent;
    now->gpu_celsius = use.celsius;
  }
}

static void sample_load(SystemSampler *sampler, Before *before)
{
  SystemUse now;
  MemoryUse memory;
  double average[3];
  record_init(&system_use_table, &now);
  now.sampled_at_ms = clock_now_ms(sampler->clock);
  now.processors = g_get_num_processors();
  now.resident_bytes = load_own_memory();
  sample_processors(&now, before);
  sample_sensors(sampler, &now);
  if (load_read_memory(&memory)) {
    now.memory_total_bytes = memory.total_bytes;
    now.memory_available_bytes = memory.available_bytes;
  }
  if (load_read_average(average)) {
    now.load_1 = average[0];
    now.load_5 = average[1];
    now.load_15 = average[2];
  }
  g_mutex_lock(&sampler->lock);
  now.disks = g_steal_pointer(&sampler->use.disks);
  sampler->use = now;
  g_mutex_unlock(&sampler->lock);
}

static void *run_load(void *user_data)
{
  SystemSampler *sampler = user_data;
  SystemUse ignored;
  Before before = {0};
  record_init(&system_use_table, &ignored);
  sample_processors(&ignored, &before);
  record_clear(&system_use_table, &ignored);
  sampler->gpus = gpus_open(GPU_LIBRARY); /* takes a moment, and is nobody else's */
  while (!cancel_wait(sampler->stop, LOAD_EVERY_MS))
    sample_load(sampler, &before);
  g_clear_pointer(&sampler->gpus, gpus_close);
  return NULL;
}

static DiskUse *look_at(SystemSampler *sampler, const Root *root)
{
  DiskUse *disk = record_new(&disk_use_table);
  disk->root_id = root->id;
  disk->name = (g_free(disk->name), g_strdup(root->name));
  disk->path = (g_free(disk->path), g_strdup(root->path));
  g_autoptr(GError) why = NULL;
  FsSpace space;
  if (!fs_exists(root->path))
    disk->error = g_strdup("The directory is not there.");
  else if (!fs_space(root->path, &space, &why))
    disk->error = g_strdup(why->message);
  if (!disk->error) {
    disk->free_bytes = space.free_bytes;
    disk->total_bytes = space.total_bytes;
    disk->read_only = space.read_only;
  }
  disk->sampled_at_ms = clock_now_ms(sampler->clock);
  return disk;
}

static GPtrArray *list_roots(SystemSampler *sampler)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(DbConn) conn = db_acquire(sampler->db, &why);
  GPtrArray *roots = conn ? record_all(conn, &root_table, NULL, &why) : NULL;
  if (!roots)
    g_debug("The roots could not be listed to look at their disks: %s", why->message);
  return roots;
}

/* No connection is held while a disk is looked at: it may take for ever. */
static void sample_disks(SystemSampler *sampler)
{
  g_autoptr(GPtrArray) roots = list_roots(sampler);
  if (!roots)
    return;
  GPtrArray *disks = records_new(&disk_use_table);
  for (guint i = 0; i < roots->len; i++) {
    const Root *root = roots->pdata[i];
    if (root->enabled)
      g_ptr_array_add(disks, look_at(sampler, root));
  }
  g_mutex_lock(&sampler->lock);
  GPtrArray *old = sampler->use.disks;
  sampler->use.disks = disks;
  g_mutex_unlock(&sampler->lock);
  g_clear_pointer(&old, g_ptr_array_unref);
}

static void *run_disks(void *user_data)
{
  SystemSampler *sampler = user_data;
  do
    sample_disks(sampler);
  while (!cancel_wait(sampler->stop, DISKS_EVERY_MS));
  return NULL;
}

SystemSampler *system_sampler_new(Db *db, const Clock *clock)
{
  SystemSampler *sampler = g_new0(SystemSampler, 1);
  sampler->db = db;
  sampler->clock = clock;
  sampler->stop = cancel_new(NULL);
  g_mutex_init(&sampler->lock);
  record_init(&system_use_table, &sampler->use);
  sample_load(sampler, &(Before){0});
  sampler->load_thread = g_thread_new("load", run_load, sampler);
  sampler->disk_thread = g_thread_new("disks", run_disks, sampler);
  return sampler;
}

void system_sampler_free(SystemSampler *sampler)
{
  if (!sampler)
    return;
  cancel_set(sampler->stop);
  g_thread_join(sampler->load_thread);
  g_thread_join(sampler->disk_thread);
  record_clear(&system_use_table, &sampler->use);
  cancel_unref(sampler->stop);
  g_mutex_clear(&sampler->lock);
  g_free(sampler);
}

void system_sampler_read(SystemSampler *sampler, SystemUse *ret_use)
{
  record_clear(&system_use_table, ret_use);
  g_mutex_lock(&sampler->lock);
  record_copy(&system_use_table, &sampler->use, ret_use);
  g_mutex_unlock(&sampler->lock);
}
