import { fastify } from 'fastify';

// The same HTTP library without storage: accepts a JSON body and returns one of the same size.
const server = fastify();
const answer = { edge_router: { id: 'bare', name: 'bare', ip: '192.0.2.1', login: 'bare', ssh_port: 830 } };
server.post('/v2.0/edge_routers', async (_request, reply) => reply.code(201).send(answer));
server.get('/v2.0/edge_routers/:id', async () => answer);
await server.listen({ host: '127.0.0.1', port: 0 });
const [address] = server.addresses();
process.send?.({ port: typeof address === 'object' ? address.port : 0 });
process.on('message', () => process.exit(0));
