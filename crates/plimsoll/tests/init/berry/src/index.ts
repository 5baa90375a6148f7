declare function require(name: string): any;
declare const process: any;

const Koa = require('koa');
const Router = require('@koa/router');

const app = new Koa();
const router = new Router({ prefix: '/v1' });

router.get('/ready', (context: any) => {
  context.body = { ready: true };
});

app.use(router.routes());
app.listen(process.env.PORT || 4000);
