/* Loading libav* at run time. The sonames carry the major versions of the headers this was built with. Tested by
 * tests/unit/media/test_probe.c. */
#include "media/libav.h"

#include "base/error.h"

#include <dlfcn.h>

#define SONAME(name, major) "lib" name ".so." G_STRINGIFY(major)

static void *open_library(const char *soname, GError **error)
{
  /* Functions are bound when first called: the hundred libraries behind libavcodec are mostly never used here. Nothing is ever
   * unloaded, which several of them would not survive. */
  void *handle = dlopen(soname, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle)
    fail(error, REEVE_ERROR_UNAVAILABLE,
         "Media files cannot be probed because %s cannot be loaded (%s); install FFmpeg's libraries.", soname, dlerror());
  return handle;
}

static bool look_up(void *library, const char *name, void *ret_function, GError **error)
{
  void *symbol = dlsym(library, name);
  if (!symbol)
    return fail(error, REEVE_ERROR_UNAVAILABLE,
                "FFmpeg's libraries on this system lack the function %s; Reeve needs FFmpeg 5.1 or later.", name);
  /* ISO C has no conversion between void * and function pointers; POSIX has, by way of their equal representation. */
  memcpy(ret_function, &symbol, sizeof symbol);
  return true;
}

Libav *libav_load(GError **error)
{
  g_autoptr(Libav) av = g_new0(Libav, 1);
  av->util = open_library(SONAME("avutil", LIBAVUTIL_VERSION_MAJOR), error);
  if (!av->util)
    return NULL;
  av->codec = open_library(SONAME("avcodec", LIBAVCODEC_VERSION_MAJOR), error);
  if (!av->codec)
    return NULL;
  av->format = open_library(SONAME("avformat", LIBAVFORMAT_VERSION_MAJOR), error);
  if (!av->format)
    return NULL;
#define LOOK_UP(library, name)                                                                                                   \
  if (!look_up(av->library, #name, &av->name, error))                                                                            \
    return NULL;
  LIBAV_FUNCTIONS(LOOK_UP)
#undef LOOK_UP
  return g_steal_pointer(&av);
}

void libav_free(Libav *av)
{
  if (!av)
    return;
  void *const handles[] = {av->format, av->codec, av->util};
  for (size_t i = 0; i < G_N_ELEMENTS(handles); i++)
    if (handles[i])
      dlclose(handles[i]);
  g_free(av);
}

static void append_version(GString *text, const char *name, unsigned version)
{
  g_string_append_printf(text, "%s%s %u.%u.%u", text->len ? ", " : "", name, AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version),
                         AV_VERSION_MICRO(version));
}

char *libav_versions(const Libav *av)
{
  GString *text = g_string_new(NULL);
  append_version(text, "libavformat", av->avformat_version());
  append_version(text, "libavcodec", av->avcodec_version());
  append_version(text, "libavutil", av->avutil_version());
  return g_string_free(text, FALSE);
}
