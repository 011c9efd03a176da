/* Answers in the shape of TMDB's, of movies that do not exist. In single quotes; see json_subset.h. */
#pragma once

#define ANSWER_MOVIE                                                                                                             \
  "{'id':603,'imdb_id':'tt0000603','title':'The Kite','original_title':'Le Cerf-volant','original_language':'fr','overview':'A " \
  "kite.',"                                                                                                                      \
  "'release_date':'1999-03-30','runtime':136,'status':'Released','poster_path':'/"                                               \
  "kite.jpg','budget':1,'genres':[{'id':1,'name':'x'}],"                                                                         \
  "'belongs_to_collection':{'id':2344,'name':'The Kite Collection'},'release_dates':{'results':["                                \
  "{'iso_3166_1':'FR','release_dates':[{'type':3,'release_date':'1999-03-30T00:00:00.000Z'},{'type':5,'release_date':"           \
  "'2000-02-01T00:00:00.000Z'}]},{'iso_3166_1':'US','release_dates':[{'type':5,'release_date':'1999-12-07T00:00:00.000Z'},"      \
  "{'type':4,'release_date':'2001-01-01T00:00:00.000Z'},{'type':9,'release_date':'2001-01-01T00:00:00.000Z'},{'type':4}]}]}}"

#define ANSWER_SHOW                                                                                                              \
  "{'id':1399,'name':'','original_name':'Drachen','original_language':'de','overview':'','first_air_date':'2011-04-17',"         \
  "'status':'Ended','episode_run_time':[52,60],'poster_path':null,'external_ids':{'imdb_id':'tt0001399','tvdb_id':121361}}"

#define ANSWER_FOUND                                                                                                             \
  "{'movie_results':[{'id':603,'title':'The Kite','original_title':'Le Cerf-volant','original_language':'fr','overview':'A "     \
  "kite.',"                                                                                                                      \
  "'release_date':'1999-03-30','media_type':'movie'}],'person_results':[{'id':1}],'tv_results':[],'tv_episode_results':[],"      \
  "'tv_season_results':[]}"

#define ANSWER_FOUND_NONE                                                                                                        \
  "{'movie_results':[],'person_results':[],'tv_results':[],'tv_episode_results':[],'tv_season_results':[]}"

#define ANSWER_SEARCH                                                                                                            \
  "{'page':1,'results':[{'id':603,'title':'The Kite','original_title':'Le Cerf-volant','original_language':'fr','overview':'',"  \
  "'release_date':''},{'id':604,'title':'Kites','original_language':'en','release_date':'2003-05-15'}],'total_pages':1,"         \
  "'total_results':2}"

#define ANSWER_NOT_FOUND "{'success':false,'status_code':34,'status_message':'The resource you requested could not be found.'}"
