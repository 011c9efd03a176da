#include "audio/title.h"

#include "audio/title_words.h"
#include "base/fold.h"

#include <glib.h>
#include <string.h>

#define C TITLE_COMMENTARY
#define D TITLE_DESCRIPTIVE
#define H TITLE_HEARING_IMPAIRED
#define M TITLE_NO_SPEECH
#define F TITLE_FORCED

static void test_rows(void)
{
  static const struct {
    const char *title;
    unsigned meaning;
  } rows[] = {
      {NULL, 0},
      {"", 0},
      /* commentary */
      {"Commentary", C},
      {"COMMENTARY", C},
      {"Director's Commentary", C},
      {"Director’s commentary (2.0)", C},
      {"Audio Commentary with Ridley Scott", C},
      {"Commentaries", C},
      {"English [Commentary]", C},
      {"Cast & Crew Commentary AC3 2.0", C},
      {"RiffTrax", C},
      {"Audiokommentar", C},
      {"Regiekommentar", C},
      {"Kommentar von Werner Herzog", C},
      {"Audiokommentare", C},
      {"Commentaire audio du réalisateur", C},
      {"Commentaires", C},
      {"Version commentée", C},
      {"Comentario del director", C},
      {"Comentários do diretor", C},
      {"Audiocomentario", C},
      {"Commento audio del regista", C},
      {"Commenti", C},
      {"Audiocommentaar", C},
      {"Commentaar regisseur", C},
      {"Komentarz reżysera", C},
      {"Komentář režiséra", C},
      {"Audiokomentář", C},
      {"Комментарии режиссёра", C},
      {"Аудиокомментарий", C},
      {"Аудіокоментар", C},
      {"コメンタリー", C},
      {"オーディオコメンタリー", C},
      {"副音声", C},
      {"导演评论音轨", C},
      {"導評", C},
      {"코멘터리", C},
      {"감독 해설", C},
      {"Yönetmen yorumu", C},
      {"Sesli Yorum", C},
      {"Kommentarspår", C},
      {"Regissörens kommentar", C},
      {"Kommentarspor", C},
      {"Instruktørens kommentarer", C},
      {"Kommenttiraita", C},
      {"Ohjaajan kommentit ja kommenttiraita", C},
      {"Rendezői kommentár", C},
      {"Bình luận", C},
      {"Σχόλια σκηνοθέτη", C},
      /* descriptive */
      {"Audio Description", D},
      {"English (Audio Described)", D},
      {"English Descriptive Audio", D},
      {"Descriptive Video Service", D},
      {"DVS", D},
      {"For the Visually Impaired", D},
      {"Audiodeskription", D},
      {"Audio-Deskription", D},
      {"Hörfilm", D},
      {"HOERFILM", D},
      {"Hörfilmfassung", D},
      {"Deutsch für Blinde", D},
      {"Audiodescription", D},
      {"Français (avec audiodescription)", D},
      {"Version malvoyants", D},
      {"Audiodescripción", D},
      {"Audiodescrição", D},
      {"Audiodescrizione", D},
      {"Per non vedenti", D},
      {"Audiodescriptie", D},
      {"Audiodeskrypcja", D},
      {"Dla niewidomych", D},
      {"Zvukový popis pro nevidomé", D},
      {"Тифлокомментарий", D},
      {"Syntolkning", D},
      {"Synstolking", D},
      {"Synstolkning", D},
      {"Kuvailutulkkaus", D},
      {"Audionarráció", D},
      {"Sesli betimleme", D},
      {"音声ガイド", D},
      {"口述影像", D},
      {"화면해설", D},
      {"AD", D},
      {"English AD", D},
      {"AD 2.0", D},
      {"Deutsch (AD)", D},
      {"[AD] Deutsch", D},
      {"AD - English", D},
      {"AD English", D},
      {"AD Stereo", D},
      {"VF AD", D},
      {"English 5.1 AD", D},
      {"Commentary (AD)", C | D},
      /* hearing impaired */
      {"English SDH", H},
      {"For the hearing impaired", H},
      {"Deutsch für Hörgeschädigte", H},
      {"Klare Sprache", H},
      {"Sous-titres malentendants", H},
      {"Dla niesłyszących", H},
      {"English (CC)", TITLE_CAPTIONS},
      /* no speech */
      {"Isolated Score", M},
      {"Isolated Music & Effects", M},
      {"Music Only", M},
      {"Isolierte Filmmusik", M},
      {"Karaoke", M},
      {"Isolated Score with Commentary", M | C},
      /* forced */
      {"English (Forced)", F},
      {"Deutsch erzwungen", F},
      {"Français forcés", F},
      {"Signs & Songs", F},
      {"Forzados", F},
      {"Forced SDH", F | H},
      /* negated */
      {"No commentary", 0},
      {"Without Commentary", 0},
      {"Ohne Kommentar", 0},
      {"Sans commentaire", 0},
      {"Non-forced", 0},
      {"Non SDH", 0},
      {"No commentary / Commentary", C},
      /* none of it */
      {"Adagio 5.1", 0},
      {"AD Vision", 0},
      {"AD Police", 0},
      {"79 AD", 0},
      {"2000 AD", 0},
      {"Ad Astra", 0},
      {"ad hoc", 0},
      {"ADR", 0},
      {"HEAD", 0},
      {"Addams Family", 0},
      {"Surround 5.1", 0},
      {"Stereo", 0},
      {"DTS-HD MA 7.1", 0},
      {"Director's Cut", 0},
      {"Original", 0},
      {"English", 0},
      {"Deutsch", 0},
      {"Blind", 0},
      {"The Blind Side", 0},
      {"Community", 0},
      {"Comment", 0},
      {"Comedy Central", 0},
      {"Commando", 0},
      {"Common", 0},
      {"Description of a Struggle", 0},
      {"Narrated", 0},
      {"Air Force One", 0},
      {"Reinforced", 0},
      {"Music", 0},
      {"The Sound of Music", 0},
      {"Score", 0},
      {"Accent", 0},
      {"Дубляж", 0},
      {"日本語", 0},
      {"普通话", 0},
      {"\xff\xfe", 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
    if (title_meaning(rows[i].title) != rows[i].meaning)
      g_error("\"%s\" is %u, not %u", rows[i].title, title_meaning(rows[i].title), rows[i].meaning);
}

/* Each phrase of the table finds itself with its own meaning, so no row hides another; and what is meant to be folded is. */
static void test_table(void)
{
  for (size_t i = 0; i < title_words_count; i++) {
    char folded[128];
    const char *phrase = title_words[i].phrase;
    g_test_message("row %zu: %s", i, phrase);
    g_assert_cmpuint(title_meaning(phrase), ==, title_words[i].meaning);
    fold_words(phrase, strlen(phrase), folded, sizeof folded);
    if (g_str_is_ascii(phrase))
      g_assert_cmpstr(folded, ==, phrase);
    for (size_t k = 0; k < i; k++)
      g_assert_cmpstr(title_words[k].phrase, !=, phrase);
  }
}

static void test_long_title(void)
{
  g_autofree char *filler = g_strnfill(100000, 'x');
  g_autofree char *early = g_strconcat("Commentary ", filler, NULL), *late = g_strconcat(filler, " Commentary", NULL);
  g_assert_cmpuint(title_meaning(early), ==, C);
  g_assert_cmpuint(title_meaning(late), ==, 0);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/audio/title/rows", test_rows);
  g_test_add_func("/audio/title/table", test_table);
  g_test_add_func("/audio/title/long", test_long_title);
  return g_test_run();
}
