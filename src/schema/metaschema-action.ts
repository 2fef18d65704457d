import { means, text } from './metaschema-parts.ts';

/** The JSON Schema of an input or output: any schema, whose properties are written as those of a resource. */
const content = { type: ['object', 'null'] };

/** An operation on a resource, or on a type, besides changing it (compatibility A5). */
export const action = {
  type: 'object',
  required: ['path', 'method'],
  properties: {
    path: means(
      "Where it is served, behind the URL of the type: /:id/reboot for one resource, /reboot_all for all. The last part is the action's own.",
      { type: 'string', pattern: '^(?:/:id)?(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+$', maxLength: 255 },
    ),
    method: means('The method of the request.', { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] }),
    input: means('JSON Schema of the body of the request. Absent: it has none.', content),
    output: means('JSON Schema of the answer. Absent: there is none, or any.', content),
    description: means('What it does, for the person who orders or operates the service.', text),
    parameters: means('Not evaluated.', {}),
  },
  additionalProperties: false,
};
