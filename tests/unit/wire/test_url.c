#include "wire/url.h"

static void test_decode(void)
{
  static const struct {
    const char *in, *out;
  } rows[] = {
      {"", ""},         {"abc", "abc"}, {"a%20b", "a b"}, {"a+b", "a+b"}, {"%c3%bc%C3%BC", "üü"}, {"%2F%2f", "//"}, {"%25", "%"},
      {"%2520", "%20"}, {"ü", "ü"},     {"%", NULL},      {"%2", NULL},   {"%zz", NULL},          {"%2x", NULL},    {"% 2", NULL},
      {"a%00b", NULL},  {"%ff", NULL},  {"%c3", NULL},    {"\xff", NULL}, {"%ed%a0%80", NULL},    {"%c0%80", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *out = url_decode(rows[i].in);
    g_assert_cmpstr(out, ==, rows[i].out);
  }
}

static void test_encode(void)
{
  static const struct {
    const char *in, *out;
  } rows[] = {
      {"", ""},
      {"AZaz09-._~", "AZaz09-._~"},
      {"a b/c?d&e=f+g", "a%20b%2Fc%3Fd%26e%3Df%2Bg"},
      {"ü\n%", "%C3%BC%0A%25"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *out = url_encode(rows[i].in);
    g_assert_cmpstr(out, ==, rows[i].out);
    g_autofree char *back = url_decode(out);
    g_assert_cmpstr(back, ==, rows[i].in);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/url/decode", test_decode);
  g_test_add_func("/url/encode", test_encode);
  return g_test_run();
}
