const names = [
  ...['get_attr', 'get_file', 'get_param', 'get_resource', 'resource_facade'],
  ...['digest', 'list_concat', 'list_concat_unique', 'list_join', 'make_url', 'map_merge', 'map_replace', 'repeat'],
  ...['str_replace', 'str_replace_strict', 'str_replace_vstrict', 'str_split', 'yaql'],
  ...['and', 'contains', 'equals', 'filter', 'if', 'not', 'or'],
  ...['Ref', 'Fn::And', 'Fn::Base64', 'Fn::Equals', 'Fn::FindInMap', 'Fn::GetAZs', 'Fn::GetAtt', 'Fn::If', 'Fn::Join'],
  ...['Fn::MemberListToMap', 'Fn::Not', 'Fn::Or', 'Fn::Replace', 'Fn::ResourceFacade', 'Fn::Select', 'Fn::Split'],
] as const;

/** The name of a function. */
export type HotFunction = (typeof names)[number];

/**
 * The functions of Heat's templates, of all versions. A map whose only key is one of them is a function call for Heat:
 * its value is a parameter, an attribute of another resource, or the result of an expression.
 */
export const hotFunctions: ReadonlySet<string> = new Set(names);
