export { newerCreaterepo, systemCreaterepo, type CreaterepoProgram } from '../../bench/repo/createrepo-programs.js';
