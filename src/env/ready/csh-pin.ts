import { DEPTH, recall } from './csh-words.js';

/** Variables of batch systems, each by its temporary name. */
const JOB_VARIABLES = {
  _nox_s: 'SLURM_JOB_ID', _nox_sc: 'SLURM_CLUSTER_NAME', _nox_p: 'PBS_JOBID', _nox_c: '_CONDOR_JOB_AD', _nox_l: 'LSB_JOBID', _nox_li: 'LSB_JOBINDEX',
  _nox_f: 'FLUX_JOB_ID', _nox_j: 'JOB_ID', _nox_r: 'SGE_ROOT', _nox_t: 'SGE_TASK_ID',
};

/** Sets _nox_tree to the generation that a batch job or the shell holds on to, and leaves a job's record; to nothing where there is none. */
export const CHOOSE_TREE = `set _nox_tree = ""
if ($?_nox_pin == 0) then
${DEPTH}
set _nox_job = ""
set _nox_record = ""
${Object.entries(JOB_VARIABLES).map(([variable, name]) => recall(variable, name)).join('\n')}
if ($_nox_s:q != "") then
  set _nox_job = slurm-$_nox_sc:q-$_nox_s:q
else if ($_nox_p:q != "") then
  set _nox_job = pbs-$_nox_p:q
else if ($_nox_c:q != "") then
  set _nox_job = condor-$_nox_c:q
else if ($_nox_l:q != "") then
  set _nox_job = lsf-$_nox_l:q
  if ($_nox_li:q != "" && $_nox_li:q != 0) set _nox_job = $_nox_job:q.$_nox_li:q
else if ($_nox_f:q != "") then
  set _nox_job = flux-$_nox_f:q
else if ($_nox_j:q != "" && $_nox_r:q != "") then
  set _nox_job = sge-$_nox_j:q
  if ($_nox_t:q != "" && $_nox_t:q != undefined) set _nox_job = $_nox_job:q.$_nox_t:q
endif
${recall('_nox_x', 'NOX_"$_nox_depth"_SET_NOX_PROFILE')}
${recall('_nox_top', 'NOX_"$_nox_depth"_SET_NOX_GENERATION')}
${recall('_nox_old', 'NOX_"$_nox_depth"_SET_NOX_JOB')}
if (x$_nox_top:q =~ x*[^0-9]*) then
  set _nox_top = ""
else if (x$_nox_x:q != x$_nox_profile:q || ! -d $_nox_trees:q/$_nox_top:q/.nox) then
  set _nox_top = ""
endif
if ($_nox_top:q == "") set _nox_old = ""
if ($_nox_job:q != "") then
  if ($_nox_top:q != "" && x$_nox_old:q == x$_nox_job:q) then
    set _nox_tree = $_nox_trees:q/$_nox_top
  else
    if ($_nox_old:q != "") set _nox_top = ""
    if ($_nox_top:q == "") set _nox_top = $_nox_number
    if (x$_nox_job:q =~ xcondor-* || x$_nox_job:q =~ x*[^-A-Za-z0-9._+@]*) then
    else
      set _nox_record = $_nox_home:q/.nox/pins/$_nox_job:q.$_nox_name:q
      if (-l $_nox_record:q) then
        set _nox_x = ( \`find $_nox_record:q -prune -mtime +29 -exec echo x ";"\` )
        if ($#_nox_x > 0) rm -f $_nox_record:q >& /dev/null
        if ($#_nox_x > 0 && -l $_nox_record:q) set _nox_record = ""
      endif
    endif
    if ($_nox_record:q != "") then
      if (! -d $_nox_record:q/.nox) then
        if (! -d $_nox_home:q/.nox/pins) mkdir $_nox_home:q/.nox/pins >& /dev/null
        if (x$_nox_trees:q == x$_nox_home:q/.nox/profiles/$_nox_name:q/generations) then
          set _nox_x = ../profiles/$_nox_name:q/generations/$_nox_top
        else
          set _nox_x = $_nox_trees:q/$_nox_top
        endif
        ln -sn $_nox_x:q $_nox_record:q >& /dev/null
      endif
      if (-d $_nox_record:q/.nox) set _nox_tree = $_nox_record:q
    endif
    if ($_nox_tree:q == "") set _nox_tree = $_nox_trees:q/$_nox_top
  endif
else if ($_nox_top:q != "" && $_nox_old:q == "") then
  set _nox_tree = $_nox_trees:q/$_nox_top
endif
if ($_nox_tree:q != "" && ! -f $_nox_tree:q/.nox/activate.csh) then
  set _nox_tree = ""
  set _nox_pin = x
endif
endif`;
