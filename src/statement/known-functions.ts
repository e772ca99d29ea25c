/**
 * Built-in functions, constructs and type names that may stand before a parenthesis and change nothing.
 *
 * The list decides only one thing: whether a statement that reads no table, such as
 * `select place_order($1)`, calls something we do not know (see `sources.ts`). A name that is missing
 * sends such a statement to the primary; a name too many would let a write be taken for a read. So it
 * holds the usual ones, and none that a user is likely to define.
 *
 * Sources: PostgreSQL 18, `pg_proc` of a real server and manual chapter 9; MySQL 8.4 manual, chapter 14.
 *
 * @module
 */

import type { Dialect } from "../model/statement.ts";

/** Constructs and types of both dialects that look like a call. */
const GRAMMAR = "bernoulli bigint binary bit cast char character columns convert cube cycle date " +
  "datetime dec decimal double exists explain extract filter float groups integer int interval json " +
  "lateral materialized nchar numeric operator over partition precision range real recursive repeatable rollup " +
  "row rows sets system time timestamp timestamptz timetz uuid varbit varbinary varchar varying vector " +
  "within grouping json_table xmltable";

const SHARED =
  "abs acos ascii asin atan atan2 avg bit_and bit_count bit_length bit_or bit_xor cast " +
  "ceil ceiling char_length character_length coalesce concat concat_ws cos cot count cume_dist " +
  "current_user degrees dense_rank exp first_value floor format greatest lag last_value lead least " +
  "left length ln localtime localtimestamp log log10 lower lpad ltrim max md5 min mod now nth_value " +
  "ntile nullif octet_length percent_rank pi position pow power radians rank regexp_instr regexp_like " +
  "regexp_replace regexp_substr repeat replace reverse right round row_number rpad rtrim session_user " +
  "sign sin sqrt stddev stddev_pop stddev_samp substr substring sum system_user tan trim upper " +
  "var_pop var_samp variance version";

const POSTGRES =
  "age any_value array_agg array_append array_cat array_dims array_fill array_length " +
  "array_lower array_ndims array_position array_positions array_prepend array_remove array_replace " +
  "array_to_json array_to_string array_upper bool_and bool_or btrim cardinality cbrt chr " +
  "clock_timestamp col_description convert_from convert_to corr covar_pop covar_samp crc32 " +
  "current_catalog current_database current_query current_schema current_schemas current_setting " +
  "date_add date_bin date_part date_subtract date_trunc daterange datemultirange decode div encode " +
  "enum_first enum_last enum_range every factorial format_type gcd gen_random_uuid generate_series " +
  "generate_subscripts get_bit get_byte has_any_column_privilege has_column_privilege " +
  "has_database_privilege has_function_privilege has_schema_privilege has_sequence_privilege " +
  "has_table_privilege host inet_client_addr inet_client_port inet_server_addr inet_server_port " +
  "initcap int4range int8range is_normalized isempty isfinite json_agg json_array json_arrayagg " +
  "json_array_elements json_array_elements_text json_array_length json_build_array json_build_object " +
  "json_each json_each_text json_exists json_extract_path json_extract_path_text json_object " +
  "json_object_agg json_objectagg json_object_keys json_populate_record json_populate_recordset " +
  "json_query json_scalar json_serialize json_strip_nulls json_to_record json_to_recordset json_typeof " +
  "json_value jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length " +
  "jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path " +
  "jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_keys " +
  "jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first " +
  "jsonb_populate_record jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_strip_nulls " +
  "jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days justify_hours justify_interval lcm " +
  "lower_inc lower_inf make_date make_interval make_time make_timestamp make_timestamptz masklen " +
  "merge_action mode multirange netmask network normalize num_nonnulls num_nulls numrange " +
  "obj_description overlay parse_ident percentile_cont percentile_disc phraseto_tsquery " +
  "plainto_tsquery quote_ident quote_literal quote_nullable random range_agg range_merge " +
  "regexp_count regexp_match regexp_matches regexp_split_to_array regexp_split_to_table row_to_json " +
  "scale set_bit set_byte setweight sha224 sha256 sha384 sha512 shobj_description split_part " +
  "starts_with statement_timestamp string_agg string_to_array string_to_table strpos text timeofday " +
  "timezone to_char to_date to_hex to_json to_jsonb to_number to_regclass to_regnamespace to_regproc " +
  "to_regprocedure to_regrole to_regtype to_timestamp to_tsquery to_tsvector transaction_timestamp " +
  "translate treat trim_array trunc ts_headline ts_rank ts_rank_cd tsrange tstzrange " +
  "txid_current_if_assigned txid_current_snapshot txid_status unistr unnest upper_inc upper_inf " +
  "uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7 websearch_to_tsquery width_bucket " +
  "xmlagg xmlconcat xmlelement xmlexists xmlforest xmlparse xmlserialize xpath xpath_exists";

const MYSQL = "adddate addtime any_value bin_to_uuid benchmark charset connection_id conv crc32 " +
  "curdate current_date current_role current_time current_timestamp curtime database date_add " +
  "date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear elt field find_in_set " +
  "from_base64 from_days from_unixtime get_format group_concat gtid_subset gtid_subtract hex hour if " +
  "ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr is_uuid isnull json_array " +
  "json_array_append json_array_insert json_arrayagg json_contains json_contains_path json_depth " +
  "json_extract json_insert json_keys json_length json_merge_patch json_merge_preserve json_object " +
  "json_objectagg json_overlaps json_pretty json_quote json_remove json_replace json_search json_set " +
  "json_type json_unquote json_valid json_value last_day lcase locate log2 make_set makedate maketime " +
  "microsecond mid minute month monthname oct ord period_add period_diff quarter quote rand schema " +
  "sec_to_time second sha sha1 sha2 sleep soundex space str_to_date strcmp subdate substring_index " +
  "subtime sysdate time_format time_to_sec timediff timestampadd timestampdiff to_base64 to_days " +
  "to_seconds truncate ucase unhex unix_timestamp user utc_date utc_time utc_timestamp uuid " +
  "uuid_short uuid_to_bin week weekday weekofyear year yearweek source_pos_wait master_pos_wait " +
  "wait_for_executed_gtid_set";

const KNOWN: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  postgres: new Set(`${GRAMMAR} ${SHARED} ${POSTGRES}`.split(" ")),
  mysql: new Set(`${GRAMMAR} ${SHARED} ${MYSQL}`.split(" ")),
};

/** Whether a name is one of the database's own that only computes. */
export function isKnown(name: string, dialect: Dialect): boolean {
  if (KNOWN[dialect].has(name)) return true;
  // What `effects.ts` does not call acting is one of PostgreSQL's own that only looks.
  return dialect === "postgres" && name.startsWith("pg_");
}
