#include "read.h"
#include "release/junk.h"

static void test_names(void)
{
  static const struct {
    const char *name;
    ReleaseRefusal want;
  } rows[] = {
      {"", RELEASE_REFUSED_EMPTY},
      {"... - ...", RELEASE_REFUSED_EMPTY},
      {"!!!", RELEASE_REFUSED_EMPTY},
      {"d41d8cd98f00b204e9800998ecf8427e", RELEASE_REFUSED_OBFUSCATED},
      {"d41d8cd98f00b204e9800998ecf8427e.mkv", RELEASE_REFUSED_OBFUSCATED},
      {"D41D8CD98F00B204E9800998ECF8427E", RELEASE_REFUSED_OBFUSCATED},
      {"kd93jfm20fk3nz01kfm39dk2.mkv", RELEASE_REFUSED_OBFUSCATED},
      {"KJGHDFQWERT123", RELEASE_REFUSED_OBFUSCATED},
      {"Xk2Lq9PzR4tN8vB1mW6yE3u J5hG7fD0sA2cQ9xZ4kT8nR1p", RELEASE_REFUSED_OBFUSCATED},
      {"abc.xyz.mkv", RELEASE_REFUSED_OBFUSCATED},
      {"123.mkv", RELEASE_REFUSED_OBFUSCATED},
      {"VTS_01_1.VOB", RELEASE_REFUSED_OBFUSCATED},
      {"Backup_72023S02-12.mkv", RELEASE_REFUSED_OBFUSCATED},
      {"Movie 2010 password yEnc", RELEASE_REFUSED_ENCRYPTED},
      {"Movie.S01E02.720p.HDTV.x264-GRP", RELEASE_REFUSED_EPISODE},
      {"S07E23.avi", RELEASE_REFUSED_EPISODE},
      {"1080p.BluRay.x264", RELEASE_REFUSED_NO_TITLE},
      {"Something", RELEASE_REFUSED_NO_SIGN},
      {"Something.mkv", RELEASE_REFUSED_NOT},
      {"Two Words", RELEASE_REFUSED_NOT},
      {"Supercalifragilisticexpialidocious.2010.1080p.WEB-DL", RELEASE_REFUSED_NOT},
      {"Se7en.1995.mkv", RELEASE_REFUSED_NOT},
      {"THX.1138.1971.1080p.BluRay", RELEASE_REFUSED_NOT},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Release) release = read_name(rows[i].name);
    if (release->refusal != (int)rows[i].want || release->accepted != (rows[i].want == RELEASE_REFUSED_NOT)) {
      g_test_message("%s: %s", rows[i].name, enum_name(&release_refusal_table, release->refusal));
      g_test_fail();
    }
    g_assert_true((release_reason(release) == NULL) == release->accepted);
  }
}

/* A random name of any length and seed is refused; a person's words are not. */
static void test_random(void)
{
  static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  g_autoptr(GRand) random = g_rand_new_with_seed(7);
  for (int n = 0; n < 500; n++) {
    char name[65];
    int length = g_rand_int_range(random, 32, 64);
    for (int i = 0; i < length; i++)
      name[i] = letters[g_rand_int_range(random, 0, sizeof letters - 1)];
    name[length] = '\0';
    g_autoptr(Release) release = read_name(name);
    if (release->accepted) {
      g_test_message("%s", name);
      g_test_fail();
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/junk/names", test_names);
  g_test_add_func("/junk/random", test_random);
  return g_test_run();
}
